// The entry of a portal process that a test kills: it requests one operation
// and follows it. Its own file, for the process must be a real one.
import { appendFileSync, readFileSync } from 'node:fs';
import {
  AuditorService,
  AuthService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { JsonObject } from '@backstage/types';
import {
  EngineRegistry,
  eraseEngineConfig,
} from 'backstage-plugin-database-ops-node';
import { engine as toyEngine } from 'backstage-plugin-database-ops-node/toy-engine';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import createKnex from 'knex';
import { DriverConnection, KillPoints } from './KillPoints';
import { wireStack } from '../wireStack';

/** What the process is told in the file that its first argument names. */
export interface KilledPortalOptions {
  readonly connection: JsonObject;
  readonly config: JsonObject;
  readonly stateDirectory: string;
  readonly databaseId: string;
  readonly idempotencyKey: string;
  /** Where it dies; it ends by itself when absent. */
  readonly killAt?: string;
  /** Where it writes the names of the places that it passed. */
  readonly passedFile: string;
}

const silent: LoggerService = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silent,
};

const auditor: AuditorService = {
  createEvent: async () => ({
    success: async () => {},
    fail: async () => {},
  }),
};

/** Nothing that it is killed in asks the catalog. */
const unasked = new Proxy(
  {},
  {
    get: (_target, name) => {
      throw new Error(`The killed portal asked for '${String(name)}'.`);
    },
  },
);

async function main(optionsFile: string): Promise<void> {
  const options = JSON.parse(
    readFileSync(optionsFile, 'utf8'),
  ) as KilledPortalOptions;
  const points = new KillPoints({
    killAt: options.killAt,
    onFirst: point => appendFileSync(options.passedFile, `${point}\n`),
  });
  const knex = createKnex({
    client: 'pg',
    connection: options.connection,
    pool: {
      afterCreate: (connection: DriverConnection, done: () => void) => {
        points.watch(connection);
        done();
      },
    },
  });
  const engines = new EngineRegistry();
  engines.addEngine({
    engine: eraseEngineConfig(toyEngine),
    engineModule: 'backstage-plugin-database-ops-node/toy-engine',
  });
  const { store, service, dispatcher } = await wireStack({
    knex,
    engines,
    clock: () => new Date(),
    executor: points.around(
      await LocalExecutor.create({ stateDirectory: options.stateDirectory }),
    ),
    config: options.config,
    services: {
      logger: silent,
      auditor,
      auth: unasked as AuthService,
      catalog: unasked as CatalogService,
      signals: { publish: async () => {} },
      notifications: { send: async () => {} },
    },
  });
  dispatcher.start();
  const { id } = await service.request(
    {
      databaseId: options.databaseId,
      kind: 'backup',
      parameters: { type: 'full' },
    },
    {
      requestedBy: 'user:default/owner',
      idempotencyKey: options.idempotencyKey,
    },
  );
  for (;;) {
    const operation = await store.get(id);
    const row = await knex('operations').where({ id }).first();
    if (operation?.state === 'succeeded' && row.executor_reference === null) {
      break;
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  await dispatcher.stop();
  await knex.destroy();
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  },
);
