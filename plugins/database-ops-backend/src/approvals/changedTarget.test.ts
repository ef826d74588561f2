import { TestDatabases } from '@backstage/backend-test-utils';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { ReadyDatabase, isReady } from '../databases/types';
import { changedTarget } from './changedTarget';
import { targetOf } from './resolveRequest';
import { ApprovalTarget } from './types';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

describe('what an approved operation acts on', () => {
  async function create() {
    const knex = await databases.init('SQLITE_3');
    await migrate(knex);
    const stack = await createTestStack({ knex });
    const database = stack.databases.get('orders');
    if (!database || !isReady(database)) {
      throw new Error('The test database is not ready.');
    }
    return { knex, stack, database };
  }

  const moved = (database: ReadyDatabase): ReadyDatabase => ({
    ...database,
    repositoryId: 'another',
  });

  it('changes with the repository of a restore, and not with what else it was resolved to', async () => {
    const { stack, database } = await create();
    const approved: ApprovalTarget = {
      mode: 'in-place',
      repositoryId: database.repositoryId,
      backupId: 'backup-1',
      moment: { time: '2026-11-21T10:00:00.000Z' },
    };
    const request = {
      databaseId: 'orders',
      kind: 'restore',
      parameters: { kind: 'backup', backupId: 'backup-1', mode: 'in-place' },
    } as const;
    expect(await changedTarget(approved, request, database, stack)).toEqual([]);
    expect(
      await changedTarget(approved, request, moved(database), stack),
    ).toEqual(['repositoryId']);
  });

  it.each(['promote', 'discard', 'advance'] as const)(
    'changes for the %s of an instance with its moment, its identity and its place',
    async kind => {
      const { knex, stack, database } = await create();
      await knex.transaction(trx =>
        stack.instances.add(trx, {
          id: 'instance',
          databaseId: 'orders',
          operationId: 'instance',
          state: 'paused',
          host: 'host-a',
          directory: '/restored',
          moment: { time: '2026-11-21T10:00:00.000Z' },
          expiresAt: '2099-01-01T00:00:00.000Z',
        }),
      );
      const request = {
        databaseId: 'orders',
        kind,
        parameters: { restoredInstanceId: 'instance' },
        placementHost: 'host-a',
      };
      const target = await targetOf(request, database, stack);
      expect(await changedTarget(target, request, database, stack)).toEqual([]);
      await knex('restored_instances').update({
        moment: JSON.stringify({ time: '2026-11-21T10:30:00.000Z' }),
        facts: JSON.stringify({ systemIdentifier: '7000000000000000002' }),
        directory: '/elsewhere',
      });
      expect(
        await changedTarget(
          target,
          { ...request, placementHost: 'host-b' },
          database,
          stack,
        ),
      ).toEqual(['directory', 'host', 'moment', 'systemId']);
    },
  );
});
