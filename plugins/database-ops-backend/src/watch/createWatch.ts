// Puts the watch over schedules together; logic lives in its parts.
import { LifecycleService, LoggerService } from '@backstage/backend-plugin-api';
import { metrics } from '@opentelemetry/api';
import { Knex } from 'knex';
import { Settings } from '../databases/readSettings';
import { DatabaseCatalog } from '../databases/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { Announcements } from '../notify/Announcements';
import { DueStore } from '../schedule/DueStore';
import { componentRules } from './components';
import { DeadMan } from './DeadMan';
import { ScheduleSignal } from './ScheduleSignal';
import { WatchMetrics } from './WatchMetrics';
import { WatchReader } from './WatchReader';

/** What notices that something did not act in time. */
export interface Watch {
  readonly reader: WatchReader;
  readonly deadMan: DeadMan;
  readonly signal: ScheduleSignal;
  readonly metrics: WatchMetrics;
}

export function createWatch(options: {
  readonly knex: Knex;
  readonly settings: Settings;
  readonly databases: DatabaseCatalog;
  readonly due: DueStore;
  readonly announcements: Announcements;
  readonly logger: LoggerService;
  readonly clock: () => Date;
}): Watch {
  const { settings } = options;
  const { graceSeconds, intervalSeconds } = settings.watch;
  const heartbeats = new Heartbeats(options);
  const reader = new WatchReader({
    ...options,
    heartbeats,
    graceSeconds,
    rules: componentRules(settings),
  });
  return {
    reader,
    deadMan: new DeadMan({
      ...options,
      reader,
      heartbeats,
      operators: settings.operators,
      intervalSeconds,
    }),
    signal: new ScheduleSignal({ reader, graceSeconds }),
    metrics: new WatchMetrics({
      ...options,
      reader,
      meter: metrics.getMeter('backstage-plugin-database-ops-backend'),
    }),
  };
}

/** Watches while the portal runs. */
export function watchWhileRunning(
  watch: Watch,
  lifecycle: LifecycleService,
): void {
  lifecycle.addStartupHook(() => {
    watch.metrics.start();
    watch.deadMan.start();
  });
  lifecycle.addShutdownHook(() => {
    watch.deadMan.stop();
    watch.metrics.stop();
  });
}
