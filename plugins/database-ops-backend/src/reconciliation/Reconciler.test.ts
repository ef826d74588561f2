import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import {
  Inventory,
  InventoryStore,
  OperationOutcome,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { MemoryObjectStore } from '../__testUtils__/MemoryObjectStore';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { ReadyDatabase } from '../databases/types';
import { Announcement } from '../notify/Announcements';
import { ProofStore } from '../proofs/ProofStore';
import { createReconciliation } from './createReconciliation';
import { VanishedBackups } from './VanishedBackups';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const INTERVAL_SECONDS = 300;
const ACTOR = 'schedule:orders/reconciliation';

const OUTCOME: OperationOutcome = {
  version: 1,
  operationId: 'backup-by-a-shell',
  databaseId: 'orders',
  kind: 'backup',
  state: 'succeeded',
  requestedBy: 'user:default/on-call',
  parameters: { type: 'full' },
  startedAt: '2026-11-20T02:00:00.000Z',
  endedAt: '2026-11-20T02:01:00.000Z',
  result: { backup: { id: 'backup-1' } },
};

const PROOF = {
  depth: 'restore',
  state: 'proved',
  sentence: 'It was restored.',
  startedAt: '2026-11-20T03:00:00.000Z',
  endedAt: '2026-11-20T03:10:00.000Z',
  rpoSeconds: 4,
  rtoSeconds: 600,
  checks: [
    { id: 'starts', title: 'Starts', status: 'passed', sentence: 'It did.' },
  ],
};

async function createReplica(
  knex: Knex,
  clock: TestClock,
  repository: MemoryObjectStore,
) {
  const stack = await createTestStack({ knex, clock: clock.read });
  const announce = jest.fn(async (_told: Announcement) => true);
  const vanished = new VanishedBackups({
    ...stack,
    announcements: { announce },
  });
  const { reconciler, inventories } = createReconciliation({
    ...stack,
    announcements: { announce },
    vanished,
    proofs: new ProofStore({ knex }),
    publish: () => {},
    pins: stack.retention.keeper,
    openStore: async () => repository,
    operations: stack.service,
    intervalSeconds: INTERVAL_SECONDS,
  });
  return { ...stack, reconciler, inventories, vanished, announce };
}

describe.each(databases.eachSupportedId())(
  'reconciliation on %s',
  databaseId => {
    async function create(id: TestDatabaseId) {
      const knex = await databases.init(id);
      await migrate(knex);
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const repository = new MemoryObjectStore();
      const replicas = await Promise.all(
        [1, 2, 3].map(() => createReplica(knex, clock, repository)),
      );
      const [{ store }] = replicas;
      return {
        ...replicas[0],
        clock,
        /** All replicas read at the same time. */
        run: () => Promise.all(replicas.map(item => item.reconciler.run())),
        requested: async () =>
          (await store.list({ databaseId: 'orders', limit: 100 })).items,
        repository,
        leave: (inventory: Inventory) =>
          new InventoryStore(repository).writeInventory(inventory),
        leaveOutcome: (outcome: Partial<OperationOutcome>) =>
          new InventoryStore(repository).writeOutcome({
            ...OUTCOME,
            ...outcome,
          }),
        leaveText: (name: string, text: string) =>
          repository.put(`databases/${name}/inventory.json`, text),
        end: (state: 'succeeded' | 'failed') =>
          knex('operations').where({ state: 'queued' }).update({ state }),
      };
    }

    it('has an empty repository looked at once, with three replicas', async () => {
      const { run, requested } = await create(databaseId);
      await run();
      await run();
      expect(await requested()).toMatchObject([
        {
          kind: 'inventory',
          state: 'queued',
          requestedBy: ACTOR,
          reason: 'The repository holds no inventory yet.',
        },
      ]);
    });

    it('reads the inventory that is there and asks for no other until it is old', async () => {
      const { run, requested, leave, backups, clock } =
        await create(databaseId);
      await leave(testInventory('orders', undefined, '2026-11-23T09:59:00Z'));
      await run();
      expect(await backups.newestPresent('orders')).toMatchObject({
        id: 'backup-1',
      });
      clock.advance(2 * INTERVAL_SECONDS - 61);
      await run();
      expect(await requested()).toEqual([]);
      clock.advance(2);
      await run();
      expect(await requested()).toMatchObject([
        { reason: 'The newest inventory is of 2026-11-23T09:59:00Z.' },
      ]);
    });

    it.each([
      ['cut short', '{"version": 1, "databa'],
      ['of no known form', '{"version": 1, "databaseId": "orders"}'],
    ])(
      'has an inventory that is %s made anew and reads those of the others',
      async (_, text) => {
        const { run, requested, leave, leaveText, backups } =
          await create(databaseId);
        leaveText('orders', text);
        await leave(
          testInventory('parcels', undefined, '2026-11-23T09:59:00Z'),
        );
        await run();
        await run();
        expect(await requested()).toMatchObject([
          {
            kind: 'inventory',
            state: 'queued',
            reason: 'The inventory in the repository cannot be read.',
          },
        ]);
        expect(await backups.newestPresent('parcels')).toMatchObject({
          id: 'backup-1',
        });
      },
    );

    it('asks again only after a while when an inventory failed', async () => {
      const { run, requested, end, clock } = await create(databaseId);
      for (let round = 0; round < 8; round += 1) {
        await run();
        await end('failed');
        clock.advance(INTERVAL_SECONDS / 2);
      }
      expect(await requested()).toHaveLength(2);
    });

    it('waits for the inventory of a backup, but for nothing else', async () => {
      const { run, requested, service, knex } = await create(databaseId);
      const backup = await service.request(
        { databaseId: 'orders', kind: 'backup' },
        { requestedBy: 'user:default/owner', idempotencyKey: 'key-1' },
      );
      await run();
      expect((await requested()).map(({ id }) => id)).toEqual([backup.id]);
      await knex('operations')
        .where({ id: backup.id })
        .update({ kind: 'restore', state: 'running' });
      await run();
      expect((await requested()).map(({ kind }) => kind).sort()).toEqual([
        'inventory',
        'restore',
      ]);
    });

    it('takes over what a shell did, once, with its proof and an entry of the audit', async () => {
      const { run, leaveOutcome, store, knex, auditStore } =
        await create(databaseId);
      await leaveOutcome({});
      await leaveOutcome({
        operationId: 'verify-by-a-shell',
        kind: 'verify',
        result: { proof: PROOF },
      });
      await leaveOutcome({
        operationId: 'failed-by-a-shell',
        state: 'failed',
        result: undefined,
        failure: { cause: 'The disk is full.', nextStep: 'Make room.' },
      });
      await run();
      await run();
      expect(await store.get('backup-by-a-shell')).toMatchObject({
        kind: 'backup',
        state: 'succeeded',
        requestedBy: 'user:default/on-call',
        parameters: { type: 'full' },
        startedAt: OUTCOME.startedAt,
        endedAt: OUTCOME.endedAt,
        result: OUTCOME.result,
      });
      expect(await store.get('failed-by-a-shell')).toMatchObject({
        state: 'failed',
        failure: { cause: 'The disk is full.' },
      });
      const proofs = await new ProofStore({ knex }).list('orders', {});
      expect(proofs.items).toMatchObject([
        { id: 'verify-by-a-shell', rtoSeconds: 600 },
      ]);
      const { items } = await auditStore.list({ action: 'operation.import' });
      expect(items.map(({ operationId }) => operationId).sort()).toEqual([
        'backup-by-a-shell',
        'failed-by-a-shell',
        'verify-by-a-shell',
      ]);
      expect(items[0]).toMatchObject({
        actor: 'service:database-ops',
        details: { claimedRequester: 'user:default/on-call' },
      });
    });

    it('takes over nothing that names another database, and goes on with the rest', async () => {
      const { run, leaveOutcome, repository, store } = await create(databaseId);
      const foreign = { ...OUTCOME, operationId: 'x', databaseId: 'parcels' };
      await repository.put(
        'databases/orders/operations/x.json',
        JSON.stringify(foreign),
      );
      await repository.put('databases/orders/operations/y.json', '{"vers');
      await leaveOutcome({});
      await run();
      expect(await store.get('x')).toBeUndefined();
      expect(await store.get('y')).toBeUndefined();
      expect(await store.get('backup-by-a-shell')).toBeDefined();
    });

    it('flags a backup that vanished, and none that retention removed', async () => {
      const {
        run,
        leave,
        clock,
        knex,
        databases: catalog,
        ...replica
      } = await create(databaseId);
      const ids = ['kept', 'expired', 'stolen'];
      const at = () => clock.read().toISOString();
      const inventoryOf = (...left: readonly string[]) =>
        testInventory(
          'orders',
          left.map(id => testBackup('orders', id)),
          at(),
        );
      await leave(inventoryOf(...ids));
      await run();
      await knex('operations').insert({
        id: 'expire-1',
        database_id: 'orders',
        kind: 'expire',
        state: 'succeeded',
        parameters: JSON.stringify({
          remove: ['expired'],
          keep: ['kept', 'stolen'],
          planHash: 'x',
        }),
        requested_by: 'user:default/owner',
        requested_at: at(),
        started_at: at(),
        ended_at: at(),
        idempotency_key: 'expire-1',
      });
      clock.advance(60);
      await leave(inventoryOf('kept'));
      await run();
      expect(
        (await replica.vanished.list('orders')).map(({ id }) => id),
      ).toEqual(['stolen']);
      expect(replica.announce).toHaveBeenCalledWith(
        expect.objectContaining({
          event: 'backup-vanished',
          onceKey: 'backup-vanished:orders/stolen',
        }),
      );
      const orders = catalog.get('orders') as ReadyDatabase;
      const signals = () => replica.vanished.read(orders, clock.read());
      expect(await signals()).toMatchObject([
        { status: 'warning', sentence: expect.stringContaining('stolen') },
      ]);
      // Brought back: all is well.
      clock.advance(60);
      await leave(inventoryOf('kept', 'stolen'));
      await run();
      expect(await signals()).toEqual([]);
      // Looked into for a week, then history.
      clock.advance(60);
      await leave(inventoryOf());
      await run();
      expect(await signals()).toMatchObject([{ status: 'critical' }]);
      clock.advance(8 * 86_400);
      expect(await signals()).toEqual([]);
    });

    it('rebuilds tables that were lost from what the repository knows', async () => {
      const { run, leave, leaveOutcome, knex, backups, store } =
        await create(databaseId);
      for (let day = 10; day < 20; day += 1) {
        const time = `2026-11-${day}T02:00:00.000Z`;
        await leaveOutcome({
          operationId: `backup-${day}`,
          startedAt: time,
          endedAt: time,
        });
        await leaveOutcome({
          operationId: `verify-${day}`,
          kind: 'verify',
          startedAt: time,
          endedAt: time,
          result: { proof: { ...PROOF, endedAt: time } },
        });
      }
      await leave(
        testInventory(
          'orders',
          ['a', 'b', 'c'].map(id => testBackup('orders', id)),
          '2026-11-23T09:59:00Z',
        ),
      );
      const everything = async () => ({
        backups: await backups.list('orders', { limit: 100 }),
        inventory: await backups.getInventory('orders'),
        operations: (
          await store.list({ databaseId: 'orders', limit: 100 })
        ).items.filter(({ kind }) => kind !== 'inventory'),
        proofs: await new ProofStore({ knex }).list('orders', { limit: 100 }),
      });
      await run();
      const before = await everything();
      expect(before.operations).toHaveLength(20);
      expect(before.proofs.totalItems).toBe(10);
      for (const table of [
        'operation_events',
        'operations',
        'backups',
        'inventories',
        'proofs',
      ]) {
        await knex(table).delete();
      }
      expect((await everything()).backups.totalItems).toBe(0);
      await run();
      expect(await everything()).toEqual(before);
    });

    it('tells of one database what it found, on demand', async () => {
      const {
        leave,
        leaveOutcome,
        reconciler,
        databases: catalog,
        clock,
      } = await create(databaseId);
      const orders = catalog.get('orders') as ReadyDatabase;
      const repository = orders.repository!;
      const look = () => reconciler.reconcile(orders, repository);
      expect(await look()).toEqual({
        inventoryObservedAt: undefined,
        appeared: [],
        missing: [],
        imported: 0,
      });
      const backupsOf = (...ids: readonly string[]) =>
        testInventory(
          'orders',
          ids.map(id => testBackup('orders', id)),
          clock.read().toISOString(),
        );
      await leave(backupsOf('a', 'b'));
      await leaveOutcome({});
      expect(await look()).toMatchObject({
        appeared: ['b', 'a'],
        missing: [],
        imported: 1,
      });
      clock.advance(1);
      await leave(backupsOf('b', 'c'));
      expect(await look()).toMatchObject({
        appeared: ['c'],
        missing: ['a'],
        imported: 0,
      });
    });
  },
);
