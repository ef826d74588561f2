import { mockServices } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import {
  EngineRegistration,
  EngineRegistry,
  Executor,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { AuditLog } from '../audit/AuditLog';
import { AuditStore } from '../audit/AuditStore';
import { BackupStore } from '../backups/BackupStore';
import { MIGRATIONS_DIRECTORY } from '../database/applyMigrations';
import {
  ConfiguredDatabases,
  configurationProvider,
} from '../databases/ConfiguredDatabases';
import { readSettings } from '../databases/readSettings';
import { NotificationAnnouncements } from '../notify/NotificationAnnouncements';
import { OnceKeys } from '../notify/OnceKeys';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { createOperations } from '../operations/createOperations';
import { OperationStore } from '../operations/OperationStore';
import { ProofStore } from '../proofs/ProofStore';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { createRetention } from '../retention/createRetention';
import { MemoryExecutor } from './MemoryExecutor';
import { testConfig } from './testConfig';
import { testEngine } from './testEngine';

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
  /** Beside the test engine. */
  readonly engine?: EngineRegistration;
}) {
  const {
    knex,
    clock = () => new Date(),
    executor = new MemoryExecutor(),
  } = options;
  const logger = mockServices.logger.mock();
  const settings = readSettings(
    new ConfigReader({ ...testConfig(options.config) }),
  );
  const engines = new EngineRegistry();
  engines.addEngine({ engine: testEngine, engineModule: 'test-engine' });
  if (options.engine) {
    engines.addEngine(options.engine);
  }
  const databases = await ConfiguredDatabases.create({
    settings,
    engines,
    logger,
    providers: [configurationProvider(settings.databases)],
  });
  databases.setOwners(new Map([['orders', 'group:default/team-a']]));
  const signals = { publish: jest.fn(async () => {}) };
  const notifications = { send: jest.fn(async () => {}) };
  const parts = { knex, clock, logger, settings, databases, executor };
  const auditStore = new AuditStore(parts);
  const audit = new AuditLog({
    ...parts,
    store: auditStore,
    auditor: mockServices.auditor.mock({
      createEvent: async () => ({
        success: async () => {},
        fail: async () => {},
      }),
    }),
  });
  const announcements = new NotificationAnnouncements({
    ...parts,
    notifications,
    operators: settings.operators,
    onceKeys: new OnceKeys(parts),
  });
  const announcer = new OperationAnnouncer({
    ...parts,
    signals,
    announcements,
  });
  const store = new OperationStore(parts);
  const backups = new BackupStore(parts);
  const instances = new RestoredInstanceStore(parts);
  const proofs = new ProofStore(parts);
  const retention = createRetention({
    ...parts,
    store,
    backups,
    instances,
    proofs,
  });
  const operations = createOperations({
    ...parts,
    store,
    backups,
    instances,
    proofs,
    retention,
    audit,
    announcer,
  });
  return {
    ...parts,
    ...operations,
    auditStore,
    audit,
    store,
    backups,
    instances,
    proofs,
    retention,
    announcements,
    signals,
    notifications,
  };
}

export type TestStack = Awaited<ReturnType<typeof createTestStack>>;
