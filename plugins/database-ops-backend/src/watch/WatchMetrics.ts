import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  BatchObservableResult,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import { DatabaseCatalog, isReady } from '../databases/types';
import { WatchReader } from './WatchReader';

/**
 * What an alert needs when the portal itself cannot tell anyone any more:
 * computed from the tables while a scrape waits, by none of the loops.
 */
export class WatchMetrics {
  readonly #meter: Meter;
  readonly #reader: WatchReader;
  readonly #databases: DatabaseCatalog;
  readonly #logger: LoggerService;
  readonly #overdue: ObservableGauge;
  readonly #limit: ObservableGauge;

  constructor(options: {
    readonly meter: Meter;
    readonly reader: WatchReader;
    readonly databases: DatabaseCatalog;
    readonly logger: LoggerService;
  }) {
    this.#meter = options.meter;
    this.#reader = options.reader;
    this.#databases = options.databases;
    this.#logger = options.logger;
    this.#overdue = this.#meter.createObservableGauge(
      'database_ops_schedule_overdue_seconds',
      {
        description:
          'How long the most overdue schedule of a database waits for a decision; 0 within the grace time',
      },
    );
    this.#limit = this.#meter.createObservableGauge(
      'database_ops_heartbeat_limit_seconds',
      { description: 'How long a background loop may be silent' },
    );
  }

  start(): void {
    this.#meter.addBatchObservableCallback(this.#observe, this.#gauges());
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, this.#gauges());
  }

  #gauges(): ObservableGauge[] {
    return [this.#overdue, this.#limit];
  }

  readonly #observe = async (result: BatchObservableResult): Promise<void> => {
    for (const { component, silentAfterSeconds } of this.#reader.rules) {
      result.observe(this.#limit, silentAfterSeconds, { component });
    }
    try {
      const { overdue } = await this.#reader.read();
      for (const database of this.#databases.list()) {
        const scheduled =
          isReady(database) &&
          database.policy?.schedules.some(schedule => !schedule.suspended);
        if (scheduled) {
          const longest = overdue
            .filter(({ databaseId }) => databaseId === database.id)
            .map(({ overdueSeconds }) => overdueSeconds);
          result.observe(this.#overdue, Math.max(0, ...longest), {
            database: database.id,
          });
        }
      }
    } catch (thrown) {
      // Absent series are what an alert on absence sees; stale ones would lie.
      this.#logger.error(
        `Overdue schedules could not be read from the tables: ${toError(thrown).message}`,
      );
    }
  };
}
