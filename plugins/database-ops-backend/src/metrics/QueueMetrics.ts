import { LoggerService } from '@backstage/backend-plugin-api';
import { Meter } from '@opentelemetry/api';
import { Knex } from 'knex';
import { DatabaseCatalog } from '../databases/types';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import {
  FIRST_REPOSITORY,
  repositoryIdOf,
} from '../repositories/repositoriesOf';
import { GaugesAtScrape, Observe } from './GaugesAtScrape';
import { NewestProof, readNewestProofs } from './newestProofs';
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

type Gauge = keyof typeof METRICS;

/** What waits, what hangs, what is paused and what is proved, observed when a scrape asks. */
export class QueueMetrics extends GaugesAtScrape<Gauge> {
  readonly #knex: Knex;
  readonly #databases: Pick<DatabaseCatalog, 'get'>;
  readonly #clock: () => Date;
  readonly #maintenance: MaintenanceModes;

  constructor(options: {
    readonly meter: Meter;
    readonly knex: Knex;
    readonly databases: Pick<DatabaseCatalog, 'get'>;
    readonly clock: () => Date;
    readonly maintenance: MaintenanceModes;
    readonly logger: LoggerService;
  }) {
    super({
      ...options,
      gauges: METRICS,
      unread: 'Metrics of the queue could not be read',
    });
    this.#knex = options.knex;
    this.#databases = options.databases;
    this.#clock = options.clock;
    this.#maintenance = options.maintenance;
  }

  protected async observe(observe: Observe<Gauge>): Promise<void> {
    const [queue, proofs] = await Promise.all([
      readQueueFacts({
        knex: this.#knex,
        maintenance: this.#maintenance,
        now: this.#clock(),
      }),
      readNewestProofs(this.#knex),
    ]);
    observe('queueAge', queue.oldestSeconds);
    for (const { database_id: database, kind } of queue.stuck) {
      observe('stuck', 1, { database, kind });
    }
    for (const { scope, until } of queue.modes) {
      observe('maintenance', Date.parse(until) / 1000, { scope });
    }
    for (const proof of proofs) {
      const labels = this.#labelsOf(proof);
      if (labels) {
        observe('proofAt', Date.parse(proof.endedAt) / 1000, labels);
        observe('proofState', proof.proved ? 1 : 0, labels);
      }
    }
  }

  /** None of a repository that its database does not have any more. */
  #labelsOf({
    databaseId,
    stored,
  }: NewestProof): Record<string, string> | undefined {
    const database = this.#databases.get(databaseId);
    const others = database?.additionalRepositoryIds ?? [];
    const repository = database && repositoryIdOf(database, stored);
    if (stored !== FIRST_REPOSITORY && !others.includes(stored)) {
      return undefined;
    }
    return {
      database: databaseId,
      ...(others.length > 0 && repository ? { repository } : {}),
    };
  }
}
