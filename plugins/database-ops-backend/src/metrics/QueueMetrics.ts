import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  BatchObservableResult,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import { Knex } from 'knex';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { readNewestProofs } from './newestProofs';
import { readQueueFacts } from './queueFacts';

const METRICS = {
  queueAge: {
    name: 'database_ops_queue_age_seconds',
    description:
      'How long the oldest queued operation has waited that nothing holds back on purpose',
  },
  stuck: {
    name: 'database_ops_operations_stuck',
    description: 'Running operations that seem to be stuck',
  },
  maintenance: {
    name: 'database_ops_maintenance_until_timestamp_seconds',
    description:
      'When the maintenance mode of a scope ends by itself, epoch seconds',
  },
  proofAt: {
    name: 'database_ops_last_proof_timestamp_seconds',
    description: 'When the last verification ended, epoch seconds',
  },
  proofState: {
    name: 'database_ops_last_proof_success',
    description: '1 when the last verification proved all it looked at, else 0',
  },
} as const;

type Gauges = { readonly [K in keyof typeof METRICS]: ObservableGauge };

/** What waits, what hangs, what is paused and what is proved, observed when a scrape asks. */
export class QueueMetrics {
  readonly #meter: Meter;
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #maintenance: MaintenanceModes;
  readonly #logger: LoggerService;
  readonly #gauges: Gauges;

  constructor(options: {
    readonly meter: Meter;
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly maintenance: MaintenanceModes;
    readonly logger: LoggerService;
  }) {
    this.#meter = options.meter;
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#maintenance = options.maintenance;
    this.#logger = options.logger;
    this.#gauges = Object.fromEntries(
      Object.entries(METRICS).map(([key, { name, description }]) => [
        key,
        this.#meter.createObservableGauge(name, { description }),
      ]),
    ) as Gauges;
  }

  start(): void {
    this.#meter.addBatchObservableCallback(
      this.#observe,
      Object.values(this.#gauges),
    );
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(
      this.#observe,
      Object.values(this.#gauges),
    );
  }

  readonly #observe = async (result: BatchObservableResult): Promise<void> => {
    try {
      const [queue, proofs] = await Promise.all([
        readQueueFacts({
          knex: this.#knex,
          maintenance: this.#maintenance,
          now: this.#clock(),
        }),
        readNewestProofs(this.#knex),
      ]);
      result.observe(this.#gauges.queueAge, queue.oldestSeconds);
      for (const { database_id: database, kind } of queue.stuck) {
        result.observe(this.#gauges.stuck, 1, { database, kind });
      }
      for (const { scope, until } of queue.modes) {
        result.observe(this.#gauges.maintenance, Date.parse(until) / 1000, {
          scope,
        });
      }
      for (const { databaseId: database, endedAt, proved } of proofs) {
        const endedSeconds = Date.parse(endedAt) / 1000;
        result.observe(this.#gauges.proofAt, endedSeconds, { database });
        result.observe(this.#gauges.proofState, proved ? 1 : 0, { database });
      }
    } catch (thrown) {
      // Absent series are what an alert on absence sees; stale ones would lie.
      this.#logger.error(
        `Metrics of the queue could not be read: ${toError(thrown).message}`,
      );
    }
  };
}
