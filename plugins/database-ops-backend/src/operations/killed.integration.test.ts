// A portal process is killed with SIGKILL before and after everything that it
// writes down or has its executor do in the life of an operation, and another
// one takes over: whatever was promised to the client must come true once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { Operation } from 'backstage-plugin-database-ops-common';
import {
  S3ObjectStore,
  eraseEngineConfig,
} from 'backstage-plugin-database-ops-node';
import { resolveFiles } from 'backstage-plugin-database-ops-node/testing';
import { engine as toyEngine } from 'backstage-plugin-database-ops-node/toy-engine';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import { Knex } from 'knex';
import { FleetLoan } from 'local-fleet';
import { eventually } from '../__testUtils__/eventually';
import { KilledPortalOptions } from '../__testUtils__/killing/killedPortal';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';

jest.setTimeout(600_000);

const databases = TestDatabases.create({ ids: ['POSTGRES_18'] });
const ENTRY = resolve(__dirname, '../__testUtils__/killing/killedPortal.ts');
const LOADER = require.resolve('@backstage/cli/config/nodeTransform.cjs');
/** Lives that are under way at the same time: most of one is waiting for leases. */
const AT_ONCE = 4;
const ROW_LEASE_SECONDS = 10;
const MOST_POINTS = 40;

/** Among them; what is written next to these is found by the rehearsal. */
const KNOWN_POINTS = [
  'after committing operations, operation_events, audit_head, audit_events, audit_head',
  'before executor.start',
  'after executor.start',
  'before executor.forget',
  'after executor.forget',
];

interface Life {
  readonly killAt?: string;
  readonly knex: Knex;
  readonly options: KilledPortalOptions;
  readonly executor: LocalExecutor;
}

describe('a portal that is killed', () => {
  let loan: FleetLoan;
  let folder: string;
  let config: JsonObject;
  let repository: JsonObject;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    folder = await mkdtemp(join(tmpdir(), 'killed-'));
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'a.json'), '{"a":1}');
    const fleetConfig = (await resolveFiles(
      JSON.parse(JSON.stringify(await loan.fleet.configuration())),
    )) as {
      databaseOps: { repositories: Record<string, JsonObject> };
    };
    [repository] = Object.values(fleetConfig.databaseOps.repositories);
    const toys = Array.from({ length: MOST_POINTS + 1 }, (_, index) => [
      `toys-${index}`,
      {
        engine: 'toy',
        repository: 'main',
        toy: {
          directory: join(folder, 'data'),
          restoreDirectory: join(folder, 'restored'),
          passphrase: 'correct-horse-battery-staple',
        },
      },
    ]);
    config = {
      executor: { leaseSeconds: 10 },
      repositories: { main: { ...repository, prefix: 'killed/' } },
      databases: Object.fromEntries(toys),
    };
  });

  afterAll(async () => {
    await loan.giveBack();
    await rm(folder, { recursive: true, force: true });
  });

  async function prepare(index: number, killAt?: string): Promise<Life> {
    const knex = await databases.init('POSTGRES_18');
    await migrate(knex);
    const stateDirectory = join(folder, `state-${index}`);
    return {
      killAt,
      knex,
      executor: await LocalExecutor.create({ stateDirectory }),
      options: {
        killAt,
        connection: knex.client.config.connection as JsonObject,
        config,
        stateDirectory,
        databaseId: `toys-${index}`,
        idempotencyKey: `key-of-${index}`,
        passedFile: join(folder, `passed-${index}`),
      },
    };
  }

  async function runPortal({ options }: Life) {
    const file = join(folder, `${options.databaseId}.json`);
    await writeFile(file, JSON.stringify(options));
    const child = spawn(process.execPath, ['--require', LOADER, ENTRY, file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const [code, signal] = await once(child, 'exit');
    return { code, signal, said };
  }

  async function startNext({ knex, executor }: Life) {
    const portal = await createTestStack({
      knex,
      executor,
      config,
      engine: {
        engine: eraseEngineConfig(toyEngine),
        engineModule: 'backstage-plugin-database-ops-node/toy-engine',
      },
    });
    portal.dispatcher.start();
    return portal;
  }

  /** What the repository says of the lease of a database's part. */
  async function leaseEndsAt(
    catalog: ConfiguredDatabases,
    databaseId: string,
  ): Promise<number> {
    const definition = catalog.repositories().get('main');
    if (!definition || !('value' in definition) || !definition.value) {
      throw new Error('The repository is not configured.');
    }
    const store = await S3ObjectStore.create(definition.value);
    try {
      const { controlPrefix } = definition.value;
      const object = await store.get(
        `${controlPrefix}databases/${databaseId}/lease.json`,
      );
      return object
        ? Date.parse(JSON.parse(object.body.toString()).expiresAt)
        : 0;
    } finally {
      store.close();
    }
  }

  async function surviveKill(life: Life): Promise<void> {
    const { knex, options } = life;
    const died = await runPortal(life);
    expect({ ...died, at: life.killAt }).toEqual({
      at: life.killAt,
      code: null,
      signal: 'SIGKILL',
      said: '',
    });
    const diedAt = Date.now();
    const portal = await startNext(life);
    try {
      // A client whose answer never came asks again with its key.
      const { id } = await portal.service.request(
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
      const ended = await eventually(
        async () => (await portal.store.get(id)) as Operation,
        ({ state }) => !['queued', 'running'].includes(state),
        90,
      );
      // Not lost, and not stuck: it went on to its success.
      expect({ at: life.killAt, state: ended.state }).toEqual({
        at: life.killAt,
        state: 'succeeded',
      });
      // Not doubled: one operation, one start of it in the audit history, one backup.
      expect(await knex('operations').select('id')).toEqual([{ id }]);
      const audited = await knex('audit_events')
        .where({ operation_id: id })
        .orderBy('seq')
        .select('action', 'outcome');
      expect(audited).toEqual([
        { action: 'operation.create', outcome: 'accepted' },
        { action: 'operation.end', outcome: 'succeeded' },
      ]);
      const inventory = await portal.backups.getInventory(options.databaseId);
      expect(inventory?.backups.map(backup => backup.operationId)).toEqual([
        id,
      ]);
      const events = await portal.store.events(id, { after: 0, limit: 500 });
      expect(events.map(({ seq }) => seq)).toEqual(
        events.map((_, index) => index + 1),
      );
      // Nothing is left: neither a lease nor a worker nor its folder.
      await eventually(
        async () => knex('operations').where({ id }).first(),
        row => row.executor_reference === null && row.lease_owner === null,
      );
      expect(await life.executor.find(id)).toBeUndefined();
      expect(
        await leaseEndsAt(portal.databases, options.databaseId),
      ).toBeLessThanOrEqual(Math.max(Date.now(), diedAt + 10_000));
      // The place is free for the next one, which need not run.
      await portal.dispatcher.stop();
      const next = await portal.service.request(
        {
          databaseId: options.databaseId,
          kind: 'backup',
          parameters: { type: 'full' },
        },
        { requestedBy: 'user:default/owner', idempotencyKey: 'the-next-one' },
      );
      expect(next.id).not.toBe(id);
      await portal.service.cancel(next.id, 'user:default/owner');
    } finally {
      await portal.dispatcher.stop();
    }
  }

  it('loses, doubles and blocks nothing, wherever it dies', async () => {
    const rehearsal = await prepare(MOST_POINTS);
    expect(await runPortal(rehearsal)).toEqual({
      code: 0,
      signal: null,
      said: '',
    });
    const points = (await readFile(rehearsal.options.passedFile, 'utf8'))
      .trim()
      .split('\n');
    expect(points).toEqual(expect.arrayContaining(KNOWN_POINTS));
    expect(points.length).toBeLessThanOrEqual(MOST_POINTS);
    const waiting = points.map((point, index) => ({ point, index }));
    const startedAt = Date.now();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          await surviveKill(await prepare(next.index, next.point));
        }
      }),
    );
    process.stdout.write(
      `${points.length} kills survived in ${Math.round((Date.now() - startedAt) / 1000)} s, row leases of ${ROW_LEASE_SECONDS} s included.\n`,
    );
  });
});
