// The health loop with a database and a clock of its own, for its tests.
import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import {
  DatabaseOpsSignal,
  Freshness,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { ManagedDatabase } from '../databases/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { SignalSource } from '../monitoring/types';
import { HealthCheckTurns } from '../health/HealthCheckTurns';
import { HealthEventSink } from '../health/HealthEvents';
import { HealthLoop } from '../health/HealthLoop';
import { HealthReportStore } from '../health/HealthReportStore';
import { Observers } from '../health/Observers';
import { RepositoryProbe } from '../health/RepositoryProbe';
import { catalogOf } from '../health/testDatabases';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

/** What a test says of a loop. */
export interface LoopOptions {
  readonly owner?: string;
  readonly repositories?: Pick<RepositoryProbe, 'signalsOf' | 'close'>;
  readonly freshness?: Freshness;
  readonly signalSources?: readonly SignalSource[];
  readonly timeoutSeconds?: number;
  readonly events?: HealthEventSink;
}

export class LoopStage {
  readonly knex: Knex;
  nowMs = Date.parse('2026-03-01T10:00:00.000Z');
  /** What browsers were told. */
  readonly published: DatabaseOpsSignal[] = [];
  readonly #logger = mockServices.logger.mock();

  private constructor(knex: Knex) {
    this.knex = knex;
  }

  static async create(): Promise<LoopStage> {
    const knex = await databases.init('SQLITE_3');
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
    return new LoopStage(knex);
  }

  createLoop(managed: readonly ManagedDatabase[], options: LoopOptions = {}) {
    const { knex } = this;
    const logger = this.#logger;
    const clock = () => new Date(this.nowMs);
    const reports = new HealthReportStore({ knex, clock });
    const loop = new HealthLoop({
      databases: catalogOf(...managed),
      turns: new HealthCheckTurns({
        knex,
        owner: options.owner ?? 'one',
        leaseSeconds: 40,
      }),
      reports,
      observers: new Observers({
        logger,
        timeoutSeconds: options.timeoutSeconds ?? 0.05,
      }),
      repositories: (options.repositories ?? {
        signalsOf: async () => [],
        close: async () => {},
      }) as RepositoryProbe,
      events: options.events ?? { record: async () => true },
      reachable: { noteReachable: async () => false },
      freshness: {
        getFreshness: async () =>
          options.freshness ?? {
            state: 'missed',
            sentence: 'The last backup is 2 h old.',
            ageSeconds: 7200,
            objectiveSeconds: 3600,
          },
        listFreshness: async () => new Map(),
      },
      signalSources: options.signalSources ?? [],
      heartbeats: new Heartbeats({ knex, clock }),
      publish: signal => this.published.push(signal),
      logger,
      intervalSeconds: 30,
      concurrency: 2,
      clock,
    });
    return { loop, reports };
  }

  /** One round, to the end of its checks. */
  async run(loop: HealthLoop): Promise<void> {
    await loop.tick();
    await loop.settled();
  }
}
