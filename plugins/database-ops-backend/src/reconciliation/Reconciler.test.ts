import { TestDatabases } from '@backstage/backend-test-utils';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { ReadyDatabase } from '../databases/types';
import { ProofStore } from '../proofs/ProofStore';
import {
  INTERVAL_SECONDS,
  PROOF,
  createStage,
} from './__testUtils__/reconciliationStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const ACTOR = 'schedule:orders/reconciliation';

describe.each(databases.eachSupportedId())(
  'reconciliation on %s',
  databaseId => {
    const create = () => createStage(databases, databaseId);

    it('has an empty repository looked at once, with three replicas', async () => {
      const { run, requested } = await create();
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
      const { run, requested, leave, backups, clock } = await create();
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
        const { run, requested, leave, leaveText, backups } = await create();
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
      const { run, requested, end, clock } = await create();
      for (let round = 0; round < 8; round += 1) {
        await run();
        await end('failed');
        clock.advance(INTERVAL_SECONDS / 2);
      }
      expect(await requested()).toHaveLength(2);
    });

    it('waits for the inventory of a backup, but for nothing else', async () => {
      const { run, requested, service, knex } = await create();
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

    it('rebuilds tables that were lost from what the repository knows', async () => {
      const { run, leave, leaveOutcome, knex, backups, store } = await create();
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
      } = await create();
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
