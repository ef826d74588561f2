import {
  Inventory,
  InventoryLocks,
  repositorySetupSchema,
} from 'backstage-plugin-database-ops-node';
import { StoredInventory } from '../backups/types';
import {
  readyDatabase,
  ScriptedEngine,
  TEST_REPOSITORY,
} from '../health/testDatabases';
import { LockSignal } from './LockSignal';

const NOW = new Date('2026-11-23T12:00:00Z');
const UNTIL = '2026-12-20T12:00:00.000Z';

async function read(
  locks: Partial<InventoryLocks> | undefined,
  { objectLock = true } = {},
) {
  const inventory = {
    backups: [{ id: 'a' }],
    ...(locks ? { locks: { unlockedBackups: [], ...locks } } : {}),
  } as unknown as Inventory;
  const signal = new LockSignal({
    backups: {
      listInventories: async () => [
        { stored: '', inventory } as unknown as StoredInventory,
      ],
    },
  });
  return signal.read(
    {
      ...readyDatabase('orders', new ScriptedEngine(), {
        repository: {
          ...TEST_REPOSITORY,
          setup: repositorySetupSchema.parse({ objectLock }),
        },
      }),
      repositoryId: TEST_REPOSITORY.id,
    },
    NOW,
  );
}

describe('the signal of locks', () => {
  it('says when the first lock ends where everything is locked', async () => {
    expect(await read({ until: UNTIL })).toEqual([
      expect.objectContaining({
        id: 'repository-locks',
        status: 'ok',
        sentence: expect.stringContaining(UNTIL),
      }),
    ]);
  });

  it.each([
    [{ unlockedBackups: ['a'], until: UNTIL }, /: a\. The next backup/],
    [{ unlockedBackups: ['a', 'b', 'c', 'd'] }, /: b, c, d and 1 more\./],
    [{ until: '2026-11-23T11:59:59.000Z' }, /ended at 2026-11-23T11:59:59/],
    [{ until: UNTIL, problem: 'Access denied.' }, /^Access denied\.$/],
  ])('is a warning with the reason: %p', async (locks, sentence) => {
    expect(await read(locks)).toEqual([
      expect.objectContaining({
        status: 'warning',
        sentence: expect.stringMatching(sentence),
      }),
    ]);
  });

  it('says nothing where the bucket locks nothing, or the engine does not', async () => {
    expect(await read({ until: UNTIL }, { objectLock: false })).toEqual([]);
    expect(await read(undefined)).toEqual([]);
  });
});
