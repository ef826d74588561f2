import { mockServices } from '@backstage/backend-test-utils';
import { Inventory, LogContinuation } from 'backstage-plugin-database-ops-node';
import { StoredInventory } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import { LogFollower } from './LogFollower';

const INVENTORY: Inventory = {
  version: 1,
  databaseId: 'orders',
  engine: 'postgresql',
  observedAt: '2026-11-23T12:00:00.000Z',
  backups: [],
  logs: [],
};
const FOLLOWED: LogContinuation = {
  branch: '1',
  to: '000000010000000000000005',
  toPosition: '0/6000000',
  observedAt: '2026-11-23T12:05:00.000Z',
  restorableTo: '2026-11-23T12:04:00.000Z',
};
const DATABASE = {
  id: 'orders',
  repositoryId: 'near',
  repository: { id: 'near' },
  additionalRepositories: [{ id: 'far' }],
} as unknown as ReadyDatabase;
const NEAR: StoredInventory = { stored: '', inventory: INVENTORY };
const FAR: StoredInventory = {
  stored: 'far',
  inventory: { ...INVENTORY, observedAt: '2026-11-23T12:01:00.000Z' },
};
const TOLD = { type: 'backups', databaseId: 'orders' };

/** Follows once, with what repositories say of their log by their ids. */
async function follow(options: {
  readonly known: readonly StoredInventory[];
  readonly seen: Record<string, LogContinuation | Error>;
  readonly isKept?: boolean;
}) {
  const asked: string[] = [];
  const kept: (readonly [string, Inventory])[] = [];
  const published: unknown[] = [];
  const logger = mockServices.logger.mock();
  await new LogFollower({
    observers: {
      followLog: async (_database, { id }) => {
        asked.push(id);
        const seen = options.seen[id];
        if (seen instanceof Error) {
          throw seen;
        }
        return seen;
      },
    },
    backups: {
      listInventories: async () => options.known,
      follow: async (inventory, stored) => {
        kept.push([stored, inventory]);
        return options.isKept ?? true;
      },
    },
    publish: signal => published.push(signal),
    logger,
  }).follow(DATABASE);
  return { asked, kept, published, logger };
}

describe('LogFollower', () => {
  it('keeps how far the log goes on behind each repository’s own inventory, and tells those who look once', async () => {
    const { kept, published } = await follow({
      known: [NEAR, FAR],
      seen: { near: FOLLOWED, far: FOLLOWED },
    });
    expect(kept).toEqual([
      ['', { ...NEAR.inventory, followed: FOLLOWED }],
      ['far', { ...FAR.inventory, followed: FOLLOWED }],
    ]);
    expect(published).toEqual([TOLD]);
  });

  it('moves no window for what another repository got', async () => {
    const { kept } = await follow({
      known: [NEAR, FAR],
      seen: { far: FOLLOWED },
    });
    expect(kept.map(([stored]) => stored)).toEqual(['far']);
  });

  it('writes and tells nothing when the log did not go on, or without an inventory', async () => {
    const { asked, kept, published } = await follow({
      known: [{ ...NEAR, inventory: { ...INVENTORY, followed: FOLLOWED } }],
      seen: { near: FOLLOWED, far: FOLLOWED },
    });
    expect(asked).toEqual(['near']);
    expect(kept).toEqual([]);
    expect(published).toEqual([]);
  });

  it('does not ask a repository that is known not to answer', async () => {
    const { asked } = await follow({
      known: [NEAR, { ...FAR, unreachable: 'It does not answer.' }],
      seen: {},
    });
    expect(asked).toEqual(['near']);
  });

  it('tells nobody of what an inventory has overtaken', async () => {
    const { published } = await follow({
      known: [NEAR],
      seen: { near: FOLLOWED },
      isKept: false,
    });
    expect(published).toEqual([]);
  });

  it('warns of a repository that does not answer, leaves its window, and moves the other', async () => {
    const { kept, published, logger } = await follow({
      known: [NEAR, FAR],
      seen: { near: new Error('no answer'), far: FOLLOWED },
    });
    expect(kept.map(([stored]) => stored)).toEqual(['far']);
    expect(published).toEqual([TOLD]);
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining("'orders' went on in repository 'near'"),
    );
  });
});
