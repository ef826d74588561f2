// Three replicas that read one repository in memory.
import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import {
  Inventory,
  InventoryStore,
  OperationOutcome,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { MemoryObjectStore } from '../../__testUtils__/MemoryObjectStore';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../../__testUtils__/testStack';
import { Announcement } from '../../notify/Announcements';
import { ProofStore } from '../../proofs/ProofStore';
import { createReconciliation } from '../createReconciliation';
import { VanishedBackups } from '../VanishedBackups';

export const INTERVAL_SECONDS = 300;

export const OUTCOME: OperationOutcome = {
  version: 1,
  operationId: 'backup-by-a-shell',
  databaseId: 'orders',
  kind: 'backup',
  state: 'succeeded',
  requestedBy: 'user:default/on-call',
  parameters: { type: 'full' },
  startedAt: '2026-11-20T02:00:00.000Z',
  endedAt: '2026-11-20T02:01:00.000Z',
  result: { backup: { id: 'backup-1' } },
};

export const PROOF = {
  depth: 'restore',
  state: 'proved',
  sentence: 'It was restored.',
  startedAt: '2026-11-20T03:00:00.000Z',
  endedAt: '2026-11-20T03:10:00.000Z',
  rpoSeconds: 4,
  rtoSeconds: 600,
  checks: [
    { id: 'starts', title: 'Starts', status: 'passed', sentence: 'It did.' },
  ],
};

async function createReplica(
  knex: Knex,
  clock: TestClock,
  repository: MemoryObjectStore,
) {
  const stack = await createTestStack({ knex, clock: clock.read });
  const announce = jest.fn(async (_told: Announcement) => true);
  const vanished = new VanishedBackups({
    ...stack,
    announcements: { announce },
  });
  const { reconciler, inventories } = createReconciliation({
    ...stack,
    announcements: { announce },
    vanished,
    proofs: new ProofStore({ knex }),
    publish: () => {},
    pins: stack.retention.keeper,
    openStore: async () => repository,
    operations: stack.service,
    intervalSeconds: INTERVAL_SECONDS,
  });
  return { ...stack, reconciler, inventories, vanished, announce };
}

export async function createStage(
  databases: TestDatabases,
  id: TestDatabaseId,
) {
  const knex = await databases.init(id);
  await migrate(knex);
  const clock = new TestClock('2026-11-23T10:00:00Z');
  const repository = new MemoryObjectStore();
  const replicas = await Promise.all(
    [1, 2, 3].map(() => createReplica(knex, clock, repository)),
  );
  const [{ store }] = replicas;
  return {
    ...replicas[0],
    clock,
    /** All replicas read at the same time. */
    run: () => Promise.all(replicas.map(item => item.reconciler.run())),
    requested: async () =>
      (await store.list({ databaseId: 'orders', limit: 100 })).items,
    repository,
    leave: (inventory: Inventory) =>
      new InventoryStore(repository).writeInventory(inventory),
    leaveOutcome: (outcome: Partial<OperationOutcome>) =>
      new InventoryStore(repository).writeOutcome({
        ...OUTCOME,
        ...outcome,
      }),
    leaveText: (name: string, text: string) =>
      repository.put(`databases/${name}/inventory.json`, text),
    end: (state: 'succeeded' | 'failed') =>
      knex('operations').where({ state: 'queued' }).update({ state }),
  };
}
