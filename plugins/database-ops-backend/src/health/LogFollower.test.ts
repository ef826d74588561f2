import { mockServices } from '@backstage/backend-test-utils';
import { Inventory, LogContinuation } from 'backstage-plugin-database-ops-node';
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
  repository: { id: 'main' },
} as unknown as ReadyDatabase;

function follower(options: {
  readonly inventory?: Inventory;
  readonly followLog: () => Promise<LogContinuation | undefined>;
  readonly isKept?: boolean;
}) {
  const kept: Inventory[] = [];
  const published: unknown[] = [];
  const logger = mockServices.logger.mock();
  return {
    kept,
    published,
    logger,
    follower: new LogFollower({
      observers: { followLog: options.followLog },
      backups: {
        getInventory: async () => options.inventory,
        follow: async inventory => {
          kept.push(inventory);
          return options.isKept ?? true;
        },
      },
      publish: signal => published.push(signal),
      logger,
    }),
  };
}

describe('LogFollower', () => {
  it('keeps how far the log goes on behind the inventory, and tells those who look', async () => {
    const made = follower({
      inventory: INVENTORY,
      followLog: async () => FOLLOWED,
    });
    await made.follower.follow(DATABASE);
    expect(made.kept).toEqual([{ ...INVENTORY, followed: FOLLOWED }]);
    expect(made.published).toEqual([{ type: 'backups', databaseId: 'orders' }]);
  });

  it('writes and tells nothing when the log did not go on, or without an inventory', async () => {
    const same = follower({
      inventory: { ...INVENTORY, followed: FOLLOWED },
      followLog: async () => FOLLOWED,
    });
    await same.follower.follow(DATABASE);
    const none = follower({ followLog: async () => FOLLOWED });
    await none.follower.follow(DATABASE);
    expect([...same.kept, ...none.kept]).toEqual([]);
  });

  it('tells nobody of what an inventory has overtaken', async () => {
    const made = follower({
      inventory: INVENTORY,
      followLog: async () => FOLLOWED,
      isKept: false,
    });
    await made.follower.follow(DATABASE);
    expect(made.published).toEqual([]);
  });

  it('warns of a repository that does not answer, and leaves the window', async () => {
    const made = follower({
      inventory: INVENTORY,
      followLog: async () => {
        throw new Error('no answer');
      },
    });
    await made.follower.follow(DATABASE);
    expect(made.kept).toEqual([]);
    expect(made.logger.warn).toHaveBeenCalledWith(
      expect.stringContaining("'orders' went on was not read"),
    );
  });
});
