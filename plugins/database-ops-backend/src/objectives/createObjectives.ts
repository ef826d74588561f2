// Puts the objectives together and lets them run; logic lives in their parts.
import {
  LifecycleService,
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import { metrics } from '@opentelemetry/api';
import { Knex } from 'knex';
import { BackupReader } from '../backups/types';
import { DatabaseCatalog } from '../databases/types';
import { OperationStore } from '../operations/OperationStore';
import { ProofStore } from '../proofs/ProofStore';
import { ObjectiveFinder } from './ObjectiveFinder';
import { ObjectiveMetrics } from './ObjectiveMetrics';
import { OBJECTIVES_SECONDS, ObjectiveService } from './ObjectiveService';
import { ObjectiveStore } from './ObjectiveStore';

export function createObjectives(options: {
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
  readonly databases: DatabaseCatalog;
  readonly backups: BackupReader;
  readonly store: OperationStore;
  readonly proofs: ProofStore;
}): ObjectiveService {
  return new ObjectiveService({
    ...options,
    store: new ObjectiveStore(options),
    finder: new ObjectiveFinder(options),
  });
}

/** Notes kept and missed while the portal runs, and tells metrics. */
export async function observeObjectives(options: {
  readonly scheduler: SchedulerService;
  readonly lifecycle: LifecycleService;
  readonly logger: LoggerService;
  readonly objectives: ObjectiveService;
}): Promise<void> {
  const { scheduler, lifecycle, objectives } = options;
  const told = new ObjectiveMetrics({
    ...options,
    meter: metrics.getMeter('backstage-plugin-database-ops-backend'),
  });
  lifecycle.addStartupHook(() => told.start());
  lifecycle.addShutdownHook(() => told.stop());
  await scheduler.scheduleTask({
    id: 'database-ops-objectives',
    // Replicas may do it at the same time: an observation already there is left.
    scope: 'local',
    frequency: { seconds: OBJECTIVES_SECONDS },
    timeout: { minutes: 5 },
    fn: () => objectives.tick(),
  });
}
