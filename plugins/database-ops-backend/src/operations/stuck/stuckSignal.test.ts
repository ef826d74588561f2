import { TestDatabases } from '@backstage/backend-test-utils';
import { createTestStack, migrate } from '../../__testUtils__/testStack';
import { ReadyDatabase } from '../../databases/types';
import { createStuckSignal } from './stuckSignal';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'the signal of stuck operations, on %s,',
  databaseId => {
    it('names the one that is stuck for longest, and nothing of others or of what has ended', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const stack = await createTestStack({ knex });
      const { id } = await stack.service.request(
        { databaseId: 'orders', kind: 'backup' },
        { requestedBy: 'user:default/owner', idempotencyKey: 'one' },
      );
      const signal = createStuckSignal(knex);
      const now = new Date();
      const of = (name: string) =>
        signal.read(stack.databases.get(name) as ReadyDatabase, now);
      expect(await of('orders')).toEqual([]);

      await knex('operations')
        .where({ id })
        .update({
          state: 'running',
          stuck_at_ms: Date.parse('2026-11-24T02:00:00Z'),
        });
      expect(await of('orders')).toMatchObject([
        {
          id: 'operation-stuck',
          status: 'warning',
          value: 1,
          sentence: expect.stringContaining(
            `The backup ${id} seems to be stuck since 2026-11-24T02:00:00.000Z;`,
          ),
        },
      ]);
      expect(await of('parcels')).toEqual([]);

      await knex('operations').where({ id }).update({ state: 'failed' });
      expect(await of('orders')).toEqual([]);
    });
  },
);
