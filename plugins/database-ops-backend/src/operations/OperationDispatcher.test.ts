import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MemoryExecutor } from '../__testUtils__/MemoryExecutor';
import { eventually } from '../__testUtils__/eventually';
import { testBackupResult } from '../__testUtils__/testEngine';
import {
  TestClock,
  TestStack,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const result = testBackupResult('orders');

describe.each(databases.eachSupportedId())(
  'dispatching operations on %s',
  databaseId => {
    let knex: Knex;
    const replicas: TestStack[] = [];
    let key = 0;

    async function setUp(id: TestDatabaseId) {
      knex = await databases.init(id);
      await migrate(knex);
    }

    beforeEach(() => setUp(databaseId));
    afterEach(async () => {
      await Promise.all(
        replicas.splice(0).map(({ dispatcher }) => dispatcher.stop()),
      );
    });

    async function replica(
      options: Partial<Parameters<typeof createTestStack>[0]> = {},
    ) {
      const stack = await createTestStack({ knex, ...options });
      replicas.push(stack);
      stack.dispatcher.start();
      return stack;
    }

    const request = (stack: TestStack, database = 'orders') =>
      stack.service.request(
        { databaseId: database, kind: 'backup' },
        { requestedBy: 'user:default/owner', idempotencyKey: `key-${key++}` },
      );

    const reaches = (stack: TestStack, id: string, state: Operation['state']) =>
      eventually(
        async () => (await stack.store.get(id)) as Operation,
        operation => operation.state === state,
      );

    const started = (executor: MemoryExecutor, id: string) =>
      eventually(async () => executor.workers.has(id), Boolean);

    it('starts one worker for an operation, however many replicas look', async () => {
      const executors = [
        new MemoryExecutor(),
        new MemoryExecutor(),
        new MemoryExecutor(),
      ];
      const stacks = await Promise.all(
        executors.map(executor => replica({ executor })),
      );
      const { id } = await request(stacks[0]);
      await reaches(stacks[0], id, 'running');
      stacks.forEach(({ dispatcher }) => dispatcher.wake());
      const holders = await eventually(
        async () => executors.filter(({ workers }) => workers.has(id)),
        found => found.length > 0,
      );
      expect(holders).toHaveLength(1);
      holders[0].end(id, result);
      await reaches(stacks[0], id, 'succeeded');
    });

    it('follows a worker to its success after the portal process that started it died', async () => {
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const executor = new MemoryExecutor();
      const first = await replica({ executor, clock: clock.read });
      const { id } = await request(first);
      await started(executor, id);
      executor.emit(id, { type: 'log', level: 'info', message: 'half of it' });
      await eventually(
        () => first.store.events(id, { after: 2, limit: 9 }),
        events => events.length === 1,
      );
      await first.dispatcher.stop();
      executor.emit(id, {
        type: 'log',
        level: 'info',
        message: 'while nobody followed',
      });
      executor.end(id, result);

      clock.advance(60);
      const second = await replica({ executor, clock: clock.read });
      expect(await reaches(second, id, 'succeeded')).toMatchObject({
        attempt: 2,
      });
      const logs = (
        await second.store.events(id, { after: 0, limit: 99 })
      ).filter(({ type }) => type === 'log');
      expect(logs.map(({ message }) => message)).toEqual([
        'half of it',
        'while nobody followed',
      ]);
      expect(executor.forgotten).toEqual([id]);
    });

    it('keeps the inventory of a result in its own place only', async () => {
      const executor = new MemoryExecutor();
      const here = await replica({ executor });
      const { id } = await request(here);
      await started(executor, id);
      executor.end(id, result);
      const { inventory, ...rest } = result.data;
      expect((await reaches(here, id, 'succeeded')).result).toEqual(rest);
      const events = await here.store.events(id, { after: 0, limit: 99 });
      expect(events.find(({ type }) => type === 'result')?.data).toEqual(rest);
      expect(await here.backups.getInventory('orders')).toMatchObject({
        backups: (inventory as JsonObject).backups,
      });
    });

    it('keeps a success that was written down when the portal died before it was final', async () => {
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const executor = new MemoryExecutor();
      const first = await replica({ executor, clock: clock.read });
      const { id } = await request(first);
      await started(executor, id);
      executor.emit(id, result);
      await eventually(
        () => first.store.events(id, { after: 0, limit: 99 }),
        events => events.some(({ type }) => type === 'result'),
      );
      await first.dispatcher.stop();
      executor.end(id);
      clock.advance(60);
      const second = await replica({ executor, clock: clock.read });
      expect((await reaches(second, id, 'succeeded')).failure).toBeUndefined();
    });

    it('calls it interrupted when nothing of the worker is left on the host', async () => {
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const executor = new MemoryExecutor();
      const first = await replica({ executor, clock: clock.read });
      const { id } = await request(first);
      await started(executor, id);
      await eventually(
        () => knex('operations').where({ id }).first(),
        row => row.executor_reference !== null,
      );
      await first.dispatcher.stop();
      clock.advance(60);
      const second = await replica({
        executor: new MemoryExecutor(),
        clock: clock.read,
      });
      expect((await reaches(second, id, 'interrupted')).failure).toMatchObject({
        code: 'worker-gone',
        object: 'orders',
      });
      expect(second.notifications.send).toHaveBeenCalledWith(
        expect.objectContaining({
          recipients: {
            type: 'entity',
            entityRef: ['group:default/team-a'],
          },
          payload: expect.objectContaining({
            scope: 'database-ops:orders:backup',
            title: 'backup of Orders was interrupted',
          }),
        }),
      );
    });

    it('waits for the heartbeat of another host before it calls its operation interrupted', async () => {
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const executor = new MemoryExecutor({ host: 'host-a' });
      const first = await replica({ executor, clock: clock.read });
      const { id } = await request(first);
      await started(executor, id);
      await first.dispatcher.stop();

      const elsewhere = await replica({
        executor: new MemoryExecutor({ host: 'host-b' }),
        clock: clock.read,
      });
      clock.advance(45);
      elsewhere.dispatcher.wake();
      await new Promise(resolve => setTimeout(resolve, 200));
      expect((await elsewhere.store.get(id))?.state).toBe('running');
      clock.advance(45);
      elsewhere.dispatcher.wake();
      expect(
        (await reaches(elsewhere, id, 'interrupted')).failure,
      ).toMatchObject({
        code: 'host-silent',
        object: 'host-a',
      });
    });

    it('ends a worker whose operation was given up while its host was silent', async () => {
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const executor = new MemoryExecutor({ host: 'host-a' });
      const first = await replica({ executor, clock: clock.read });
      const { id } = await request(first);
      await started(executor, id);
      await first.dispatcher.stop();
      clock.advance(120);
      const elsewhere = await replica({
        executor: new MemoryExecutor({ host: 'host-b' }),
        clock: clock.read,
      });
      await reaches(elsewhere, id, 'interrupted');

      await replica({ executor, clock: clock.read });
      await eventually(
        async () => executor.forgotten,
        forgotten => forgotten.includes(id),
      );
      expect(executor.stopped).toEqual([id]);
    });

    it('lets the outcome decide when a cancellation came too late', async () => {
      const executor = new MemoryExecutor();
      const stack = await replica({ executor });
      const { id } = await request(stack);
      await started(executor, id);
      executor.end(id, result);
      // The success may have been written down before the cancellation.
      const [cancelled] = await Promise.allSettled([
        stack.service.cancel(id, 'user:default/owner'),
      ]);
      expect(await reaches(stack, id, 'succeeded')).toMatchObject(
        cancelled.status === 'fulfilled'
          ? { cancelRequestedBy: 'user:default/owner' }
          : {},
      );
    });

    it('ends a cancelled operation even when its worker says nothing any more', async () => {
      const executor = new MemoryExecutor();
      executor.answersStop = false;
      const stack = await replica({ executor });
      const { id } = await request(stack);
      await started(executor, id);
      await stack.service.cancel(id, 'user:default/owner');
      expect(await reaches(stack, id, 'cancelled')).toMatchObject({
        cancelRequestedBy: 'user:default/owner',
      });
    });

    it('stops a worker that does not keep its time', async () => {
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const executor = new MemoryExecutor();
      const stack = await replica({
        executor,
        clock: clock.read,
        config: { executor: { type: 'memory', timeouts: { backup: 'PT5M' } } },
      });
      const { id } = await request(stack);
      await started(executor, id);
      clock.advance(3600);
      await stack.dispatcher.cancelled(id);
      expect((await reaches(stack, id, 'failed')).failure).toMatchObject({
        code: 'timeout',
        cause: 'It did not end within 300 s and was stopped.',
      });
    });

    it('fails with the cause when a worker cannot be started, and frees the place', async () => {
      const executor = new MemoryExecutor();
      executor.startError = new Error('no space left on device');
      const stack = await replica({ executor });
      const { id } = await request(stack);
      expect((await reaches(stack, id, 'failed')).failure?.cause).toBe(
        'The worker was not started: no space left on device',
      );
      executor.startError = undefined;
      await reaches(stack, (await request(stack)).id, 'running');
    });

    it('calls a result that lacks its inventory a failure, not a success', async () => {
      const executor = new MemoryExecutor();
      const stack = await replica({ executor });
      const { id } = await request(stack);
      await started(executor, id);
      executor.end(id, { type: 'result', data: {} });
      expect((await reaches(stack, id, 'failed')).failure?.cause).toContain(
        "inventory of database 'orders' cannot be read",
      );
      expect(await stack.auditStore.verify()).toMatchObject({
        verified: true,
        events: 2,
      });
    });

    it('runs one writer of a database at a time, and discards only on the host that holds the data', async () => {
      const here = new MemoryExecutor({ host: 'host-a' });
      const stack = await replica({ executor: here });
      const { id } = await request(stack);
      await started(here, id);
      const inventory = await stack.service.request(
        { databaseId: 'orders', kind: 'inventory' },
        { requestedBy: 'user:default/owner', idempotencyKey: 'inventory' },
      );
      await knex.transaction(trx =>
        stack.instances.add(trx, {
          id: 'instance',
          databaseId: 'orders',
          operationId: 'instance',
          state: 'running',
          host: 'host-b',
          directory: '/restored',
          expiresAt: '2026-11-01T00:00:00Z',
        }),
      );
      const discard = await stack.service.request(
        {
          databaseId: 'orders',
          kind: 'discard',
          parameters: { restoredInstanceId: 'instance' },
        },
        { requestedBy: 'user:default/owner', idempotencyKey: 'discard' },
      );
      stack.dispatcher.wake();
      await new Promise(resolve => setTimeout(resolve, 300));
      expect([...here.workers.keys()]).toEqual([id]);

      const there = new MemoryExecutor({ host: 'host-b' });
      await replica({ executor: there });
      await started(there, discard.id);
      here.end(id, result);
      await reaches(stack, id, 'succeeded');
      await eventually(
        async () =>
          here.workers.has(inventory.id) || there.workers.has(inventory.id),
        Boolean,
      );
    });
  },
);
