import { TestDatabases } from '@backstage/backend-test-utils';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { migrate } from '../__testUtils__/testStack';
import { BackupStore } from './BackupStore';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('backups on %s', databaseId => {
  it('become missing when a newer inventory lacks them, present when one has them again, and ignore an older one', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const store = new BackupStore({ knex, clock: () => new Date() });
    const apply = (ids: readonly string[], observedAt: string) =>
      knex.transaction(trx =>
        store.applyInventory(
          trx,
          testInventory(
            'orders',
            ids.map(id => testBackup('orders', id)),
            observedAt,
          ),
        ),
      );
    const states = async () =>
      (await store.list('orders', {})).items.map(
        ({ id, state }) => `${id} ${state}`,
      );

    expect(await apply(['a', 'b'], '2026-11-23T10:00:00Z')).toBe(true);
    expect(await apply(['b'], '2026-11-23T11:00:00Z')).toBe(true);
    expect(await states()).toEqual(['b present', 'a missing']);
    expect(await apply(['a', 'b'], '2026-11-23T10:30:00Z')).toBe(false);
    expect(await states()).toEqual(['b present', 'a missing']);
    expect(await apply(['a', 'b'], '2026-11-23T12:00:00.000Z')).toBe(true);
    expect(await states()).toEqual(['b present', 'a present']);
    expect((await store.newestPresent('orders'))?.state).toBe('present');
    expect((await store.getInventory('orders'))?.backups).toHaveLength(2);
  });

  it('keep how far the log was followed in each repository on its own, until an inventory overtakes it', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const store = new BackupStore({ knex, clock: () => new Date() });
    const near = testInventory('orders', [], '2026-11-23T10:00:00Z');
    const far = testInventory('orders', [], '2026-11-23T11:00:00Z');
    await knex.transaction(async trx => {
      await store.applyInventory(trx, near, '');
      await store.applyInventory(trx, far, 'far');
    });
    const followed = {
      branch: '1',
      to: '000000010000000000000005',
      toPosition: '0/6000000',
      observedAt: '2026-11-23T11:30:00.000Z',
      restorableTo: '2026-11-23T11:29:59.999999Z',
    };
    expect(await store.follow({ ...far, followed }, 'far')).toBe(true);
    expect(await store.follow({ ...far, followed }, '')).toBe(false);
    expect(await store.getInventory('orders', 'far')).toMatchObject({
      followed,
    });
    expect(await store.getInventory('orders')).not.toHaveProperty('followed');
    const next = testInventory('orders', [], '2026-11-23T12:00:00Z');
    await knex.transaction(trx => store.applyInventory(trx, next, 'far'));
    expect(await store.follow({ ...far, followed }, 'far')).toBe(false);
  });
});
