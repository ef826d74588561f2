import { TestDatabases } from '@backstage/backend-test-utils';
import { Signal } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { testInventory } from '../__testUtils__/testEngine';
import { migrate } from '../__testUtils__/testStack';
import { BackupStore } from '../backups/BackupStore';
import { ReadyDatabase } from '../databases/types';
import { REACHABLE } from './RepositoryProbe';
import { repositorySignalsOf } from './repositorySignals';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

function databaseWith(...ids: readonly string[]): ReadyDatabase {
  const [repository, ...additionalRepositories] = ids.map(
    id => ({ id }) as RepositoryDefinition,
  );
  return {
    id: 'orders',
    repositoryId: repository.id,
    repository,
    additionalRepositories,
  } as unknown as ReadyDatabase;
}

describe.each(databases.eachSupportedId())(
  'which repositories answer, on %s',
  databaseId => {
    async function create() {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const notes = new BackupStore({
        knex,
        clock: () => new Date('2026-11-23T12:00:00Z'),
      });
      for (const stored of ['', 'far']) {
        await knex.transaction(trx =>
          notes.applyInventory(trx, testInventory('orders'), stored),
        );
      }
      const onNews = jest.fn();
      const check = (database: ReadyDatabase, silent: readonly string[]) =>
        repositorySignalsOf(database, {
          probe: {
            signalsOf: async ({ id }): Promise<readonly Signal[]> => [
              {
                ...REACHABLE,
                status: silent.includes(id) ? 'critical' : 'ok',
                sentence: `${id} was asked.`,
                observedAt: '2026-11-23T12:00:00.000Z',
              },
            ],
          },
          notes,
          onNews,
        });
      const unreachable = async () =>
        (await notes.listInventories('orders')).map(
          ({ stored, unreachable: why }) => `${stored}: ${why}`,
        );
      return { check, unreachable, onNews };
    }

    it('is noted where there are several, each time that it changes', async () => {
      const { check, unreachable, onNews } = await create();
      const both = databaseWith('main', 'far');
      await check(both, ['main']);
      await check(both, ['main']);
      expect(await unreachable()).toEqual([
        ': main was asked.',
        'far: undefined',
      ]);
      expect(onNews).toHaveBeenCalledTimes(1);
      await check(both, []);
      expect(await unreachable()).toEqual([': undefined', 'far: undefined']);
      expect(onNews).toHaveBeenCalledTimes(2);
    });

    it('is forgotten of one that is left alone, so that retention is not refused for ever', async () => {
      const { check, unreachable, onNews } = await create();
      await check(databaseWith('main', 'far'), ['main']);
      const [signal] = await check(databaseWith('main'), ['main']);
      expect(signal.status).toBe('critical');
      expect(await unreachable()).toContain(': undefined');
      expect(onNews).toHaveBeenCalledTimes(2);
    });
  },
);
