// A database with two repositories, of an engine that only describes itself.
import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import {
  Engine,
  EngineRegistration,
  Inventory,
} from 'backstage-plugin-database-ops-node';
import {
  testBackup,
  testEngine,
  testInventory,
} from '../../__testUtils__/testEngine';
import {
  createTestStack,
  migrate,
  TestClock,
} from '../../__testUtils__/testStack';

/** Whatever an inventory has between its first backup and its `logs` can be reached. */
const engine: Engine = {
  ...testEngine,
  // Of backups that nobody can take no freshness is judged.
  operate: { backup: async () => ({ backup: testBackup('orders') }) },
  describe: {
    ...testEngine.describe,
    kind: 'several',
    capabilities: config => ({
      ...testEngine.describe.capabilities(config),
      verbs: ['inventory', 'backup', 'restore', 'verify', 'expire'],
      severalRepositories: true,
    }),
    recoveryWindow: (databaseId, inventory) => ({
      databaseId,
      intervals: stretchesOf(inventory),
      sentence: `${inventory?.backups.length ?? 0} backups.`,
      observedAt: inventory?.observedAt,
    }),
    resolve: (_databaseId, inventory, { kind, time }) => {
      const [stretch] = stretchesOf(inventory);
      const wanted = kind === 'latest' ? stretch?.to.time : String(time);
      const reachable =
        stretch !== undefined &&
        wanted >= stretch.from.time &&
        wanted <= stretch.to.time;
      return {
        reachable,
        sentence: reachable ? `${wanted} is reached.` : `${wanted} is not.`,
        ...(reachable && {
          moment: { time: wanted },
          backupId: inventory.backups[0].id,
          parameters: { kind: 'time', time: wanted },
        }),
      };
    },
  },
};

function stretchesOf(inventory: Inventory | undefined) {
  return (inventory?.logs ?? []).map(log => ({
    kind: 'claimed' as const,
    from: { time: log.from },
    to: { time: log.to },
  }));
}

const REGISTRATION: EngineRegistration = {
  engine,
  engineModule: 'several-engine',
};

const repository = (name: string) => ({
  endpoint: 'https://127.0.0.1:1',
  bucket: name,
  accessKeyId: `key-of-${name}`,
  secretAccessKey: `secret-of-${name}`,
});

export function configOf(orders: JsonObject): JsonObject {
  return {
    repositories: { main: repository('main'), far: repository('far') },
    policies: {
      standard: {
        objectives: { rpo: 'PT1H' },
        schedules: {},
        retention: { fulls: { count: 1 } },
      },
    },
    databases: {
      orders: {
        engine: 'several',
        repository: 'main',
        policy: 'standard',
        several: { host: '127.0.0.1' },
        test: { host: '127.0.0.1' },
        ...orders,
      },
    },
  };
}

export const BOTH = configOf({ additionalRepositories: ['far'] });
export const BY = { requestedBy: 'user:default/owner' };
export const at = (hour: number) =>
  `2026-11-23T${String(hour).padStart(2, '0')}:00:00.000Z`;

/** A backup each, of an hour, with log up to another. */
export function readOf(id: string, hour: number, to: number): Inventory {
  return {
    ...testInventory(
      'orders',
      [
        {
          ...testBackup('orders', id),
          startedAt: at(hour),
          stoppedAt: at(hour),
        },
      ],
      at(11),
    ),
    logs: [{ branch: '1', from: at(hour), to: at(to) }],
  };
}

export async function createStage(
  databases: TestDatabases,
  databaseId: TestDatabaseId,
  config: JsonObject = BOTH,
) {
  const knex = await databases.init(databaseId);
  await migrate(knex);
  const clock = new TestClock(at(12));
  const stack = await createTestStack({
    knex,
    clock: clock.read,
    config,
    engine: REGISTRATION,
  });
  const read = (stored: string, found: Inventory) =>
    knex.transaction(trx => stack.backups.applyInventory(trx, found, stored));
  return { ...stack, knex, clock, read };
}
