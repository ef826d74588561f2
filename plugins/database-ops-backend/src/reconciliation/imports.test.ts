import { TestDatabases } from '@backstage/backend-test-utils';
import {
  InventoryStore,
  OperationOutcome,
} from 'backstage-plugin-database-ops-node';
import { MemoryObjectStore } from '../__testUtils__/MemoryObjectStore';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { pruneHistory } from '../operations/pruneHistory';
import { createReconciliation } from './createReconciliation';
import { VanishedBackups } from './VanishedBackups';
import { OUTCOME } from './__testUtils__/reconciliationStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'what repositories hold of operations, on %s,',
  databaseId => {
    async function create() {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const repository = new MemoryObjectStore();
      const stack = await createTestStack({ knex, clock: clock.read });
      const announcements = { announce: async () => true };
      const vanished = new VanishedBackups({ ...stack, announcements });
      const { reconciler } = createReconciliation({
        ...stack,
        announcements,
        vanished,
        publish: () => {},
        pins: stack.retention.keeper,
        openStore: async () => repository,
        operations: stack.service,
        intervalSeconds: 300,
      });
      return {
        ...stack,
        clock,
        repository,
        vanished,
        run: () => reconciler.run(),
        leaveOutcome: (outcome: Partial<OperationOutcome>) =>
          new InventoryStore(repository).writeOutcome({
            ...OUTCOME,
            ...outcome,
          }),
      };
    }

    it('is not taken over again when history removed it', async () => {
      const { run, leaveOutcome, store, clock, knex, auditStore, settings } =
        await create();
      const { history } = settings;
      await leaveOutcome({});
      await run();
      clock.advance(history.operationsSeconds);
      await leaveOutcome({
        operationId: 'of-yesterday',
        endedAt: new Date(clock.read().getTime() - 86_400_000).toISOString(),
      });
      const pruned = await pruneHistory({
        knex,
        settings: history,
        now: clock.read(),
      });
      expect(pruned.operations).toBeGreaterThan(0);
      await run();
      await run();
      expect(await store.get('backup-by-a-shell')).toBeUndefined();
      expect(await store.get('of-yesterday')).toBeDefined();
      const { items } = await auditStore.list({ action: 'operation.import' });
      expect(items).toHaveLength(2);
    });

    it('is taken over though what was done without the portal is not read', async () => {
      const { run, leaveOutcome, repository, store, vanished, logger } =
        await create();
      await leaveOutcome({});
      const list = repository.list.bind(repository);
      jest.spyOn(repository, 'list').mockImplementation(prefix => {
        if (prefix.includes('/direct/')) {
          throw new Error('Access to it is denied.');
        }
        return list(prefix);
      });
      const announced = jest.spyOn(vanished, 'announce');
      await run();
      expect(await store.get('backup-by-a-shell')).toBeDefined();
      expect(announced).toHaveBeenCalledWith(
        expect.objectContaining({ id: 'orders' }),
      );
      expect(logger.warn).toHaveBeenCalledWith(
        expect.stringContaining('Access to it is denied.'),
      );
    });
  },
);
