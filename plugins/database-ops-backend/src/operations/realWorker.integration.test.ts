import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import { isError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Operation, OperationKind } from 'backstage-plugin-database-ops-common';
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
import {
  TestStack,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { ReadyDatabase } from '../databases/types';
import { ProofStore } from '../proofs/ProofStore';
import { createReconciliation } from '../reconciliation/createReconciliation';
import { VanishedBackups } from '../reconciliation/VanishedBackups';

jest.setTimeout(180_000);

const PASSPHRASE = 'correct-horse-battery-staple';
const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

describe('operations with real workers', () => {
  let loan: FleetLoan;
  let folder: string;
  let config: JsonObject;
  let knex: Knex;
  let executor: LocalExecutor;
  let portal: TestStack;
  let key = 0;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    folder = await mkdtemp(join(tmpdir(), 'portal-'));
    const fleetConfig = (await resolveFiles(
      JSON.parse(JSON.stringify(await loan.fleet.configuration())),
    )) as {
      databaseOps: { repositories: Record<string, JsonObject> };
    };
    const [repository] = Object.values(fleetConfig.databaseOps.repositories);
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'a.json'), '{"a":1}');
    config = {
      executor: { leaseSeconds: 10 },
      repositories: { main: { ...repository, prefix: 'real-worker/' } },
      policies: { tidy: { retention: { keepLast: 2 } } },
      databases: {
        toys: {
          engine: 'toy',
          repository: 'main',
          policy: 'tidy',
          toy: {
            directory: join(folder, 'data'),
            restoreDirectory: join(folder, 'restored'),
            passphrase: PASSPHRASE,
          },
        },
      },
    };
    knex = await databases.init('SQLITE_3');
    await migrate(knex);
    executor = await LocalExecutor.create({
      stateDirectory: join(folder, 'state'),
    });
    portal = await startPortal();
  });

  afterAll(async () => {
    await portal.dispatcher.stop();
    await loan?.giveBack();
    await rm(folder, { recursive: true, force: true });
  });

  async function createPortal(database: Knex) {
    return createTestStack({
      knex: database,
      executor,
      config,
      engine: {
        engine: eraseEngineConfig(toyEngine),
        engineModule: 'backstage-plugin-database-ops-node/toy-engine',
      },
    });
  }

  async function startPortal() {
    const stack = await createPortal(knex);
    stack.dispatcher.start();
    return stack;
  }

  const request = (kind: OperationKind, parameters: JsonObject = {}) =>
    portal.service.request(
      { databaseId: 'toys', kind, parameters, confirmation: 'toys' },
      { requestedBy: 'user:default/owner', idempotencyKey: `key-${key++}` },
    );

  const reaches = (
    id: string,
    state: Operation['state'],
    timeoutSeconds = 60,
  ) =>
    eventually(
      async () => (await portal.store.get(id)) as Operation,
      operation => operation.state === state,
      timeoutSeconds,
    );

  const progresses = (id: string) =>
    eventually(
      async () => (await portal.store.get(id))?.progress?.percent ?? 0,
      percent => percent > 0,
      30,
    );

  async function commandOf(processId: string): Promise<string> {
    try {
      return await readFile(`/proc/${processId}/cmdline`, 'utf8');
    } catch (error) {
      // It ended while the list was read.
      if (
        isError(error) &&
        (error.code === 'ENOENT' || error.code === 'ESRCH')
      ) {
        return '';
      }
      throw error;
    }
  }

  async function workerProcessOf(id: string): Promise<number> {
    for (const processId of (await readdir('/proc')).filter(name =>
      /^\d+$/.test(name),
    )) {
      const command = await commandOf(processId);
      if (command.includes(id) && command.includes('spec')) {
        return Number(processId);
      }
    }
    throw new Error(`No worker of ${id} runs.`);
  }

  const reconcile = (stack: TestStack) =>
    createReconciliation({
      ...stack,
      publish: () => {},
      pins: stack.retention.keeper,
      proofs: new ProofStore(stack),
      vanished: new VanishedBackups({
        ...stack,
        announcements: { announce: async () => true },
      }),
      openStore: S3ObjectStore.create,
      operations: stack.service,
      intervalSeconds: 300,
    }).reconciler.run();

  it('has an empty repository read by a worker, after which it is known that there is no backup', async () => {
    expect(await portal.backups.getInventory('toys')).toBeUndefined();
    await reconcile(portal);
    const {
      items: [inventory],
    } = await portal.store.list({ databaseId: 'toys' });
    expect(inventory).toMatchObject({
      kind: 'inventory',
      requestedBy: 'schedule:toys/reconciliation',
    });
    await reaches(inventory.id, 'succeeded');
    expect(await portal.backups.getInventory('toys')).toMatchObject({
      backups: [],
    });
    await reconcile(portal);
    expect((await portal.store.list({})).totalItems).toBe(1);
  });

  it('takes a backup that a portal with an empty database learns of by itself', async () => {
    const { id } = await request('backup', { type: 'full' });
    const done = await reaches(id, 'succeeded');
    const { backup } = done.result as unknown as { backup: { id: string } };
    expect((await portal.backups.newestPresent('toys'))?.id).toBe(backup.id);

    const other = await databases.init('SQLITE_3');
    await migrate(other);
    const elsewhere = await createPortal(other);
    await reconcile(elsewhere);
    expect((await elsewhere.backups.newestPresent('toys'))?.id).toBe(backup.id);
  });

  it('follows a backup to success after the portal that started it has gone', async () => {
    const { id } = await request('backup', { type: 'full', slowSeconds: 4 });
    await progresses(id);
    await portal.dispatcher.stop();
    portal = await startPortal();
    expect(await reaches(id, 'succeeded')).toMatchObject({ attempt: 2 });
    const events = await portal.store.events(id, { after: 0, limit: 500 });
    expect(events.map(({ seq }) => seq)).toEqual(
      events.map((_, index) => index + 1),
    );
  });

  it('calls a backup interrupted when its worker was killed, and takes the next one', async () => {
    const { id } = await request('backup', { type: 'full', slowSeconds: 60 });
    await progresses(id);
    process.kill(await workerProcessOf(id), 'SIGKILL');
    expect((await reaches(id, 'interrupted')).failure?.cause).toContain(
      'ended without a result',
    );
    await reaches(
      (await request('backup', { type: 'full' })).id,
      'succeeded',
      90,
    );
  });

  it('cancels a backup, leaves no process, and takes the next one', async () => {
    const { id } = await request('backup', { type: 'full', slowSeconds: 60 });
    await progresses(id);
    await portal.service.cancel(id, 'user:default/owner');
    await reaches(id, 'cancelled');
    await expect(workerProcessOf(id)).rejects.toThrow('No worker');
    await reaches(
      (await request('backup', { type: 'full' })).id,
      'succeeded',
      90,
    );
  });

  it('restores to a new place and discards all of it', async () => {
    const { id } = await request('restore', { kind: 'latest' });
    await reaches(id, 'succeeded');
    const instance = await portal.instances.get(id);
    const directory = instance?.directory ?? '';
    expect(await readFile(join(directory, 'a.json'), 'utf8')).toBe('{"a":1}');
    await reaches(
      (await request('discard', { restoredInstanceId: id })).id,
      'succeeded',
    );
    expect((await portal.instances.get(id))?.state).toBe('discarded');
    await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('removes exactly what the preview of retention showed, and then nothing more', async () => {
    const toys = portal.databases.get('toys') as ReadyDatabase;
    const shown = await portal.retention.service.preview(toys);
    expect(shown.entries.length - shown.removes).toBe(2);
    expect(shown.removes).toBeGreaterThan(0);
    const { id } = await request('expire', { planHash: shown.planHash });
    const done = await reaches(id, 'succeeded');
    const idsOf = (keep: boolean) =>
      shown.entries
        .filter(entry => entry.keep === keep)
        .map(({ backupId }) => backupId);
    expect(done.result).toMatchObject({
      expired: {
        removed: idsOf(false).toReversed(),
        freedBytes: shown.freedBytes,
      },
    });
    const left = await portal.backups.listPresent('toys');
    expect(left.map(backup => backup.id)).toEqual(idsOf(true));
    expect((await portal.retention.service.preview(toys)).removes).toBe(0);
  });

  it('rebuilds lost tables from the repository, equal in everything that it knows', async () => {
    const { id } = await request('verify', { depth: 'restore' });
    await reaches(id, 'succeeded');
    const knownOf = async (stack: TestStack) => {
      const { items } = await stack.store.list({ limit: 200 });
      return {
        backups: await stack.backups.listPresent('toys'),
        inventory: await stack.backups.getInventory('toys'),
        proofs: (await new ProofStore(stack).list('toys', {})).items,
        // A worker that was killed leaves no outcome, nor does one that waits.
        operations: Object.fromEntries(
          items
            .filter(
              ({ state }) => state !== 'interrupted' && state !== 'queued',
            )
            .map(operation => [
              operation.id,
              {
                kind: operation.kind,
                state: operation.state,
                requestedBy: operation.requestedBy,
                parameters: operation.parameters,
                result: operation.result,
              },
            ]),
        ),
      };
    };
    const before = await knownOf(portal);
    expect(before.proofs).toHaveLength(1);
    expect(Object.keys(before.operations).length).toBeGreaterThan(8);
    const empty = await databases.init('SQLITE_3');
    await migrate(empty);
    const rebuilt = await createPortal(empty);
    await reconcile(rebuilt);
    expect(await knownOf(rebuilt)).toEqual({
      ...before,
      // Taken on the repository's word, and marked so.
      proofs: before.proofs.map(proof => ({
        ...proof,
        facts: { ...proof.facts, imported: true },
      })),
    });
  });

  it('writes no secret to any table nor to what workers leave', async () => {
    const tables = [
      'operations',
      'operation_events',
      'audit_events',
      'backups',
      'inventories',
    ];
    for (const table of tables) {
      expect(JSON.stringify(await knex(table).select('*'))).not.toContain(
        PASSPHRASE,
      );
    }
    await eventually(
      () => readdir(join(folder, 'state')),
      // What Node.js compiled is kept for the next worker.
      left => left.every(name => name === '.compile-cache'),
    );
    expect(await portal.auditStore.verify()).toMatchObject({ verified: true });
  });
});
