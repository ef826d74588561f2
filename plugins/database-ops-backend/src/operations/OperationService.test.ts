import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { ActiveOperationError } from './ActiveOperationError';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const backup = { databaseId: 'orders', kind: 'backup' } as const;
const by = (idempotencyKey: string, requestedBy = 'user:default/owner') => ({
  idempotencyKey,
  requestedBy,
});

describe.each(databases.eachSupportedId())(
  'requests of operations on %s',
  databaseId => {
    async function create(id: TestDatabaseId) {
      const knex = await databases.init(id);
      await migrate(knex);
      return createTestStack({ knex });
    }

    /** A stack with a running restored instance, and requests on it. */
    async function createRestored(id: TestDatabaseId) {
      const stack = await create(id);
      const { service, instances, backups, knex } = stack;
      await knex.transaction(trx =>
        backups.applyInventory(
          trx,
          testInventory('orders', [testBackup('orders', '20261120-020000F')]),
        ),
      );
      const restored = await service.request(
        {
          databaseId: 'orders',
          kind: 'restore',
          confirmation: 'orders',
          parameters: { kind: 'latest' },
        },
        by('restore'),
      );
      await knex.transaction(trx =>
        instances.add(trx, {
          id: restored.id,
          databaseId: 'orders',
          operationId: restored.id,
          state: 'running',
          host: 'host',
          directory: '/restored',
          expiresAt: '2027-12-01T00:00:00Z',
        }),
      );
      return {
        ...stack,
        on: (kind: 'promote' | 'discard', key: string) =>
          service.request(
            {
              databaseId: 'orders',
              kind,
              parameters: { restoredInstanceId: restored.id },
            },
            by(key),
          ),
      };
    }

    it('makes one operation of fifty concurrent requests and names it to the rest', async () => {
      const { service, store, auditStore } = await create(databaseId);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, (_, index) =>
          service.request(backup, by(`key-${index}`)),
        ),
      );
      const made = outcomes.flatMap(item =>
        item.status === 'fulfilled' ? [item.value] : [],
      );
      expect(made).toHaveLength(1);
      const refused = outcomes.flatMap(item =>
        item.status === 'rejected' ? [item.reason] : [],
      );
      expect(refused).toHaveLength(49);
      for (const reason of refused) {
        expect(reason).toBeInstanceOf(ActiveOperationError);
        expect(reason.operationId).toBe(made[0].id);
      }
      expect((await store.list({})).totalItems).toBe(1);
      expect(await auditStore.verify()).toMatchObject({
        verified: true,
        events: 50,
      });
    });

    it('gives fifty concurrent requests of one key the same operation', async () => {
      const { service, auditStore } = await create(databaseId);
      const made = await Promise.all(
        Array.from({ length: 50 }, () =>
          service.request(backup, by('the-same-key')),
        ),
      );
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      expect(await auditStore.verify()).toMatchObject({
        verified: true,
        events: 1,
      });
    });

    it('keeps a key to its requester and to its request', async () => {
      const { service } = await create(databaseId);
      const { id } = await service.request(backup, by('key'));
      await expect(
        service.request(backup, by('key', 'user:default/other')),
      ).rejects.toThrow(ActiveOperationError);
      await expect(
        service.request({ ...backup, databaseId: 'parcels' }, by('key')),
      ).rejects.toMatchObject({ name: 'ConflictError', operationId: id });
    });

    it('cancels a queued operation at once and again without harm, and frees its place', async () => {
      const { service, store } = await create(databaseId);
      const { id } = await service.request(backup, by('first'));
      expect((await service.cancel(id, 'user:default/owner')).state).toBe(
        'cancelled',
      );
      expect((await service.cancel(id, 'user:default/owner')).state).toBe(
        'cancelled',
      );
      expect((await store.get(id))?.endedAt).toBeDefined();
      expect((await service.request(backup, by('second'))).id).not.toBe(id);
    });

    it('leaves no operation without its audit event', async () => {
      const { service, store, auditStore, knex } = await create(databaseId);
      await knex('audit_events').insert({
        seq: 1,
        at: '',
        actor: '',
        action: '',
        outcome: 'accepted',
        sentence: '',
        details: '{}',
        previous_hash: '',
        hash: '',
      });
      await expect(service.request(backup, by('key'))).rejects.toMatchObject({
        message: expect.stringMatching(/unique/i),
      });
      expect((await store.list({})).totalItems).toBe(0);
      expect((await auditStore.list({})).totalItems).toBe(1);
    });

    it('lets a discard and other work on a restored instance not pass each other, whichever came first', async () => {
      const { service, on } = await createRestored(databaseId);
      const discard = await on('discard', 'a');
      await expect(on('promote', 'b')).rejects.toThrow(
        `has a discard, operation ${discard.id}, which is queued`,
      );
      await service.cancel(discard.id, 'user:default/owner');
      const promote = await on('promote', 'c');
      await expect(on('discard', 'd')).rejects.toThrow(
        `has a promote, operation ${promote.id}`,
      );
    });

    it('lets one of a discard and a promotion of the same instant pass, and tells the other which', async () => {
      const { service, auditStore, on } = await createRestored(databaseId);
      for (let round = 0; round < 10; round++) {
        const outcomes = await Promise.allSettled([
          on('discard', `discard ${round}`),
          on('promote', `promote ${round}`),
        ]);
        const made = outcomes.flatMap(item =>
          item.status === 'fulfilled' ? [item.value.id] : [],
        );
        expect(made).toHaveLength(1);
        const refused = outcomes.flatMap(item =>
          item.status === 'rejected' ? [item.reason] : [],
        );
        expect(refused).toEqual([expect.any(ActiveOperationError)]);
        expect(refused[0].operationId).toBe(made[0]);
        await service.cancel(made[0], 'user:default/owner');
      }
      expect((await auditStore.list({ outcome: 'failed' })).totalItems).toBe(
        10,
      );
    });

    it('accepts only what is reachable', async () => {
      const { service, backups, knex } = await create(databaseId);
      const restore = (parameters: Record<string, string>) =>
        service.request(
          {
            databaseId: 'orders',
            kind: 'restore',
            confirmation: 'orders',
            parameters,
          },
          by(JSON.stringify(parameters)),
        );
      await expect(
        service.request({ ...backup, databaseId: 'none' }, by('a')),
      ).rejects.toThrow("There is no database 'none'");
      await expect(
        service.request({ ...backup, kind: 'verify' }, by('b')),
      ).rejects.toThrow(
        'it has inventory, backup, restore, advance, promote, discard',
      );
      await expect(
        service.request({ ...backup, parameters: { type: 'diff' } }, by('c')),
      ).rejects.toThrow("Backup type 'diff' is not offered; choose 'full'");
      await expect(restore({ kind: 'latest' })).rejects.toThrow(
        'has no present backup',
      );
      await knex.transaction(trx =>
        backups.applyInventory(
          trx,
          testInventory('orders', [
            testBackup('orders', '20261120-020000F'),
            testBackup('orders', '20261121-020000F'),
            { ...testBackup('orders', '20261122-020000F'), state: 'damaged' },
          ]),
        ),
      );
      await expect(
        restore({ kind: 'backup', backupId: '20261122-020000F' }),
      ).rejects.toThrow(
        "is damaged; the nearest present one is '20261121-020000F'",
      );
      await expect(
        restore({ kind: 'backup', backupId: '20261121-999999F' }),
      ).rejects.toThrow(
        "does not exist; the nearest present one is '20261121-020000F'",
      );
      await expect(restore({ kind: 'backup' })).rejects.toThrow(
        "Parameter 'backupId'",
      );
      await expect(restore({ kind: 'xid' })).rejects.toThrow(
        "choose 'latest' or 'backup'",
      );
      await expect(
        restore({ kind: 'latest', expiresAfter: 'P31D' }),
      ).rejects.toThrow('up to P30D');
      expect(
        (await restore({ kind: 'backup', backupId: '20261121-020000F' }))
          .parameters,
      ).toEqual({
        kind: 'backup',
        backupId: '20261121-020000F',
        expiresAfter: 'PT24H',
      });
    });

    it('lists in pages without overlap, within the databases it is told', async () => {
      const { service, store } = await create(databaseId);
      for (const database of ['orders', 'parcels']) {
        for (let index = 0; index < 3; index++) {
          const { id } = await service.request(
            { ...backup, databaseId: database },
            by(`${index}${database}`),
          );
          await service.cancel(id, 'user:default/owner');
        }
      }
      const all = await store.list({});
      const first = await store.list({ limit: 4 });
      const second = await store.list({ limit: 4, cursor: first.nextCursor });
      expect([...first.items, ...second.items]).toEqual(all.items);
      expect(first.totalItems).toBe(6);
      expect(second.nextCursor).toBeUndefined();
      expect((await store.list({ databaseIds: ['parcels'] })).totalItems).toBe(
        3,
      );
      expect(await store.countByState()).toHaveLength(2);
    });
  },
);
