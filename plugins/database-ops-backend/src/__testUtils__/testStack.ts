import { mockServices } from '@backstage/backend-test-utils';
import { Entity } from '@backstage/catalog-model';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { JsonObject } from '@backstage/types';
import {
  EngineRegistration,
  EngineRegistry,
  Executor,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import { MemoryExecutor } from './MemoryExecutor';
import { testEngine } from './testEngine';
import { wireStack } from './wireStack';

/** A clock that a test moves. */
export class TestClock {
  #now: number;

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  readonly read = () => new Date(this.#now);

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}

export async function migrate(knex: Knex): Promise<void> {
  await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
}

/** One portal replica without HTTP, on a migrated database. */
export async function createTestStack(options: {
  readonly knex: Knex;
  readonly clock?: () => Date;
  readonly executor?: Executor;
  readonly config?: JsonObject;
  /** What the catalog knows of people. */
  readonly entities?: readonly Entity[];
  /** Beside the test engine. */
  readonly engine?: EngineRegistration;
}) {
  const engines = new EngineRegistry();
  engines.addEngine({ engine: testEngine, engineModule: 'test-engine' });
  if (options.engine) {
    engines.addEngine(options.engine);
  }
  return wireStack({
    ...options,
    engines,
    clock: options.clock ?? (() => new Date()),
    executor: options.executor ?? new MemoryExecutor(),
    services: {
      logger: mockServices.logger.mock(),
      auditor: mockServices.auditor.mock({
        createEvent: async () => ({
          success: async () => {},
          fail: async () => {},
        }),
      }),
      auth: mockServices.auth(),
      catalog: catalogServiceMock({ entities: [...(options.entities ?? [])] }),
      signals: { publish: jest.fn(async () => {}) },
      notifications: { send: jest.fn(async () => {}) },
    },
  });
}

export type TestStack = Awaited<ReturnType<typeof createTestStack>>;
