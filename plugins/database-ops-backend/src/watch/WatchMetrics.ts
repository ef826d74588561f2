import { LoggerService } from '@backstage/backend-plugin-api';
import { Meter } from '@opentelemetry/api';
import { DatabaseCatalog, isReady } from '../databases/types';
import { GaugesAtScrape, Observe } from '../metrics/GaugesAtScrape';
import { WatchReader } from './WatchReader';

const METRICS = {
  overdue: {
    name: 'database_ops_schedule_overdue_seconds',
    description:
      'How long the most overdue schedule of a database waits for a decision; 0 within the grace time',
  },
  limit: {
    name: 'database_ops_heartbeat_limit_seconds',
    description: 'How long a background loop may be silent',
  },
} as const;

type Gauge = keyof typeof METRICS;

/**
 * What an alert needs when the portal itself cannot tell anyone any more:
 * computed from the tables while a scrape waits, by none of the loops.
 */
export class WatchMetrics extends GaugesAtScrape<Gauge> {
  readonly #reader: WatchReader;
  readonly #databases: DatabaseCatalog;

  constructor(options: {
    readonly meter: Meter;
    readonly reader: WatchReader;
    readonly databases: DatabaseCatalog;
    readonly logger: LoggerService;
  }) {
    super({
      ...options,
      gauges: METRICS,
      unread: 'Overdue schedules could not be read from the tables',
    });
    this.#reader = options.reader;
    this.#databases = options.databases;
  }

  protected async observe(observe: Observe<Gauge>): Promise<void> {
    // Before the tables are asked: this stands whether they answer or not.
    for (const { component, silentAfterSeconds } of this.#reader.rules) {
      observe('limit', silentAfterSeconds, { component });
    }
    const { overdue } = await this.#reader.read();
    for (const database of this.#databases.list()) {
      const scheduled =
        isReady(database) &&
        database.policy?.schedules.some(schedule => !schedule.suspended);
      if (scheduled) {
        const longest = overdue
          .filter(({ databaseId }) => databaseId === database.id)
          .map(({ overdueSeconds }) => overdueSeconds);
        observe('overdue', Math.max(0, ...longest), { database: database.id });
      }
    }
  }
}
