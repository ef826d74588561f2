// What the plugin does on its own, again and again.
import {
  LifecycleService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import { OwnerDirectory } from './databases/OwnerDirectory';
import { Settings } from './databases/readSettings';
import { Heartbeats } from './metrics/Heartbeats';
import { Reconciler } from './reconciliation/Reconciler';
import { ExpiryRunner } from './schedule/ExpiryRunner';
import { ScheduleRunner } from './schedule/ScheduleRunner';
import { DeadMan } from './watch/DeadMan';

const SCHEDULE_SECONDS = 10;
/** Most turns ask nothing: {@link OwnerDirectory.refreshWhenDue} knows when. */
const OWNERS_SECONDS = 2;
const OWNERS_TIMEOUT_SECONDS = 10;

/** Registers the tasks with the portal's scheduler. */
export async function scheduleTasks(options: {
  readonly scheduler: SchedulerService;
  readonly settings: Settings;
  readonly schedules: ScheduleRunner;
  readonly watch: DeadMan;
  readonly expiry: ExpiryRunner;
  readonly reconciler: Reconciler;
  readonly owners: OwnerDirectory;
  readonly heartbeats: Heartbeats;
}): Promise<void> {
  const {
    scheduler,
    schedules,
    watch,
    expiry,
    reconciler,
    owners,
    heartbeats,
  } = options;
  const { settings } = options;
  // Local scope: the due times' compare-and-set decides between replicas, so a
  // replica that died holding a global task's lock delays nobody.
  await scheduler.scheduleTask({
    id: 'database-ops-schedules',
    scope: 'local',
    frequency: { seconds: SCHEDULE_SECONDS },
    timeout: { seconds: 60 },
    fn: async () => {
      await schedules.tick();
      await watch.checkWatch();
      await expiry.tick();
    },
  });
  await scheduler.scheduleTask({
    id: 'database-ops-owners',
    scope: 'local',
    frequency: { seconds: OWNERS_SECONDS },
    timeout: { seconds: OWNERS_TIMEOUT_SECONDS },
    fn: () => owners.refreshWhenDue(),
  });
  await scheduler.scheduleTask({
    id: 'database-ops-reconciliation',
    scope: 'local',
    frequency: { seconds: settings.reconciliation.intervalSeconds },
    timeout: { minutes: 5 },
    fn: async () => {
      await reconciler.run();
      await heartbeats.beat('reconciliation');
    },
  });
}

/** Follows operations while the portal runs; workers outlive it. */
export function followWhileRunning(
  dispatcher: { start(): void; stop(): Promise<void> },
  lifecycle: LifecycleService,
): void {
  lifecycle.addStartupHook(() => dispatcher.start());
  lifecycle.addShutdownHook(() => dispatcher.stop());
}
