import { TestDatabases } from '@backstage/backend-test-utils';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { testInventory } from '../__testUtils__/testEngine';
import { MIGRATIONS_DIRECTORY } from './applyMigrations';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('migrations on %s', databaseId => {
  it('go up, take data, go down to nothing and up again', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const stack = await createTestStack({ knex });
    await stack.service.request(
      { databaseId: 'orders', kind: 'backup' },
      { requestedBy: 'user:default/owner', idempotencyKey: 'one' },
    );
    await knex.transaction(trx =>
      stack.backups.applyInventory(trx, testInventory('orders')),
    );

    await knex.migrate.rollback({ directory: MIGRATIONS_DIRECTORY }, true);
    for (const table of [
      'operations',
      'audit_events',
      'backups',
      'schedule_due',
    ]) {
      expect(await knex.schema.hasTable(table)).toBe(false);
    }
    await migrate(knex);
    expect((await stack.store.list({})).totalItems).toBe(0);
  });

  it('keep of which repository a proof is, down and up', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const step = {
      directory: MIGRATIONS_DIRECTORY,
      name: '20261125_000120_first_repositories.js',
    };
    const proofs = [
      { id: 'one', repository_id: 'far', data: '{"id":"one"}' },
      { id: 'two', repository_id: '', data: '{"repositoryId":"main"}' },
    ];
    await knex('proofs').insert(
      proofs.map(proof => ({
        ...proof,
        database_id: 'orders',
        depth: 'restore',
        state: 'proved',
        ended_at: '2026-11-23T04:10:00.000Z',
      })),
    );
    await knex.migrate.down(step);
    expect(await knex.schema.hasTable('first_repositories')).toBe(false);
    expect(await knex('proofs').orderBy('id').pluck('data')).toEqual([
      '{"id":"one","repositoryId":"far"}',
      '{}',
    ]);
    await knex.migrate.up(step);
    expect(await knex('proofs').orderBy('id').pluck('repository_id')).toEqual([
      'far',
      '',
    ]);
  });
});
