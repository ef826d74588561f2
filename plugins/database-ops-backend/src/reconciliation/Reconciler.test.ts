import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { Inventory, ObjectStore } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { testInventory } from '../__testUtils__/testEngine';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { InventoryRequester } from './InventoryRequester';
import { Reconciler } from './Reconciler';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const INTERVAL_SECONDS = 300;
const ACTOR = 'schedule:orders/reconciliation';

async function createReplica(
  knex: Knex,
  clock: TestClock,
  objects: ReadonlyMap<string, string>,
) {
  const stack = await createTestStack({ knex, clock: clock.read });
  const reconciler = new Reconciler({
    ...stack,
    publish: () => {},
    pins: stack.retention.keeper,
    openStore: async () =>
      ({
        get: async (key: string) => {
          const text = objects.get(key);
          return text === undefined ? undefined : { body: Buffer.from(text) };
        },
        close: () => {},
      }) as Partial<ObjectStore> as ObjectStore,
    inventories: new InventoryRequester({
      ...stack,
      operations: stack.service,
      intervalSeconds: INTERVAL_SECONDS,
    }),
  });
  return { ...stack, reconciler };
}

describe.each(databases.eachSupportedId())(
  'reconciliation on %s',
  databaseId => {
    async function create(id: TestDatabaseId) {
      const knex = await databases.init(id);
      await migrate(knex);
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const objects = new Map<string, string>();
      const replicas = await Promise.all(
        [1, 2, 3].map(() => createReplica(knex, clock, objects)),
      );
      const [{ store }] = replicas;
      return {
        ...replicas[0],
        clock,
        /** All replicas read at the same time. */
        run: () => Promise.all(replicas.map(item => item.reconciler.run())),
        requested: async () =>
          (await store.list({ databaseId: 'orders', limit: 100 })).items,
        leave: (inventory: Inventory) =>
          objects.set(
            `databases/${inventory.databaseId}/inventory.json`,
            JSON.stringify(inventory),
          ),
        leaveText: (name: string, text: string) =>
          objects.set(`databases/${name}/inventory.json`, text),
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
      leave(testInventory('orders', undefined, '2026-11-23T09:59:00Z'));
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
        leave(testInventory('parcels', undefined, '2026-11-23T09:59:00Z'));
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
  },
);
