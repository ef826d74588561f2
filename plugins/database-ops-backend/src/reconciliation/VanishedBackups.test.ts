import { TestDatabases } from '@backstage/backend-test-utils';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { ReadyDatabase } from '../databases/types';
import { createStage } from './__testUtils__/reconciliationStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'vanished backups on %s',
  databaseId => {
    const create = () => createStage(databases, databaseId);

    it('flags a backup that vanished, and none that retention removed', async () => {
      const {
        run,
        leave,
        clock,
        knex,
        databases: catalog,
        ...replica
      } = await create();
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
        (
          await replica.vanished.list(catalog.get('orders') as ReadyDatabase)
        ).map(({ id }) => id),
      ).toEqual(['stolen']);
      expect(replica.announce).toHaveBeenCalledWith(
        expect.objectContaining({
          event: 'backup-vanished',
          onceKey: 'backup-vanished:orders/main/stolen',
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
  },
);
