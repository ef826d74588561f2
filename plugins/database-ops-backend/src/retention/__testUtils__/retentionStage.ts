// A database with three weeks of full backups, a week of which is kept.
import {
  mockCredentials,
  mockServices,
  TestDatabaseId,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { Backup } from 'backstage-plugin-database-ops-common';
import { Engine } from 'backstage-plugin-database-ops-node';
import { MemoryObjectStore } from '../../__testUtils__/MemoryObjectStore';
import { testEngine, testInventory } from '../../__testUtils__/testEngine';
import {
  createTestStack,
  migrate,
  TestClock,
} from '../../__testUtils__/testStack';
import { DatabaseAuthorizer } from '../../permissions/DatabaseAuthorizer';
import { authorizeRetention } from '../createRetention';

export const owner = mockCredentials.user('user:default/owner');

/** The test engine with an expire and a log without gaps from 1 November on. */
const keepingEngine: Engine = {
  ...testEngine,
  describe: {
    ...testEngine.describe,
    kind: 'keeping',
    capabilities: config => ({
      ...testEngine.describe.capabilities(config),
      verbs: ['inventory', 'backup', 'restore', 'expire', 'discard'],
    }),
    recoveryWindow: databaseId => ({
      databaseId,
      intervals: [
        {
          kind: 'claimed',
          from: { time: '2026-11-01T00:00:00Z' },
          to: { time: '2026-11-23T06:00:00Z' },
        },
      ],
      sentence: 'Any second of November.',
    }),
  },
};

export function full(day: number): Backup {
  const date = `2026-11-${String(day).padStart(2, '0')}`;
  return {
    id: `full-${date}`,
    databaseId: 'ledger',
    type: 'full',
    startedAt: `${date}T02:00:00.000Z`,
    stoppedAt: `${date}T02:10:00.000Z`,
    chain: [`full-${date}`],
    repositorySizeBytes: 1_000_000,
    state: 'present',
  };
}

export const FULLS = Array.from({ length: 22 }, (_, index) => full(index + 1));

/** A database with a full backup of each day, and what its owner asks of its retention. */
export async function createStage(
  databases: TestDatabases,
  databaseId: TestDatabaseId,
  policy: 'keeping' | 'guarded' = 'keeping',
) {
  const knex = await databases.init(databaseId);
  await migrate(knex);
  const clock = new TestClock('2026-11-23T06:00:00Z');
  const stack = await createTestStack({
    knex,
    clock: clock.read,
    engine: { engine: keepingEngine, engineModule: 'keeping-engine' },
    config: {
      policies: {
        keeping: { retention: { window: 'P7D' } },
        guarded: {
          retention: { window: 'P7D' },
          approvals: [
            { kinds: ['expire', 'discard'], approvers: ['user:default/boss'] },
          ],
        },
        standard: {},
      },
      databases: {
        ledger: {
          engine: 'keeping',
          repository: 'main',
          policy,
          keeping: { host: '127.0.0.1' },
        },
        drafts: {
          engine: 'keeping',
          repository: 'main',
          policy: 'standard',
          keeping: { host: '127.0.0.1' },
        },
      },
    },
  });
  const objects = new MemoryObjectStore();
  const authorizer: Pick<
    DatabaseAuthorizer,
    'may' | 'mayRun' | 'assertAllowed'
  > = {
    may: async () => true,
    mayRun: async caller =>
      caller.principal.type === 'user' &&
      ['user:default/owner', 'user:default/boss'].includes(
        caller.principal.userEntityRef,
      ),
    assertAllowed: async () => {},
  };
  const parts = {
    ...stack,
    authorizer: authorizer as DatabaseAuthorizer,
    clock: clock.read,
    publish: () => {},
    userInfo: mockServices.userInfo(),
  };
  const authorized = authorizeRetention({
    ...parts,
    openStore: async () => objects,
  });
  const hold = (backups: readonly Backup[]) =>
    knex.transaction(trx =>
      stack.backups.applyInventory(
        trx,
        testInventory('ledger', backups, clock.read().toISOString()),
      ),
    );
  await hold(FULLS);
  return {
    ...parts,
    ...authorized,
    planner: stack.retention.service,
    clock,
    objects,
    hold,
    preview: () => authorized.retention.preview(owner, 'ledger'),
    ask: (parameters = {}, kind: 'expire' | 'restore' = 'expire') =>
      stack.validator.validate({
        databaseId: 'ledger',
        kind,
        parameters,
        confirmation: 'ledger',
      }),
  };
}
