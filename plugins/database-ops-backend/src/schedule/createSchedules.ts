// Puts the schedules together; logic lives in their parts.
import { LoggerService } from '@backstage/backend-plugin-api';
import { Knex } from 'knex';
import { DatabaseCatalog } from '../databases/types';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { Heartbeats } from '../metrics/Heartbeats';
import { OperationService } from '../operations/OperationService';
import { OperationStore } from '../operations/OperationStore';
import { RequestValidator } from '../operations/requests/RequestValidator';
import { DueDecider } from './DueDecider';
import { DueStore } from './DueStore';
import { ScheduleRunner } from './ScheduleRunner';
import { ScheduleRunStore } from './ScheduleRunStore';

/** The schedules of this replica. */
export interface Schedules {
  readonly due: DueStore;
  readonly runs: ScheduleRunStore;
  readonly runner: ScheduleRunner;
}

export function createSchedules(options: {
  readonly knex: Knex;
  readonly databases: DatabaseCatalog;
  readonly service: OperationService;
  readonly store: OperationStore;
  readonly validator: RequestValidator;
  readonly maintenance: MaintenanceModes;
  readonly logger: LoggerService;
  readonly clock: () => Date;
}): Schedules {
  const due = new DueStore(options.knex);
  const runs = new ScheduleRunStore(options);
  const decider = new DueDecider({
    ...options,
    due,
    runs,
    operations: options.service,
  });
  return {
    due,
    runs,
    runner: new ScheduleRunner({
      ...options,
      due,
      runs,
      decider,
      heartbeats: new Heartbeats(options),
    }),
  };
}
