import { TestDatabases } from '@backstage/backend-test-utils';
import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MemoryExecutor } from '../__testUtils__/MemoryExecutor';
import { eventually } from '../__testUtils__/eventually';
import {
  testBackup,
  testBackupResult,
  testInventory,
} from '../__testUtils__/testEngine';
import {
  TestClock,
  TestStack,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { OperationEnder } from './OperationEnder';
import { OperationLeases } from './OperationLeases';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const result = testBackupResult('orders');

describe.each(databases.eachSupportedId())(
  'following operations through failures on %s',
  databaseId => {
    let knex: Knex;
    let clock: TestClock;
    const replicas: TestStack[] = [];

    beforeEach(async () => {
      clock = new TestClock('2026-11-23T10:00:00Z');
      knex = await databases.init(databaseId);
      await migrate(knex);
    });

    afterEach(async () => {
      await Promise.all(
        replicas.splice(0).map(({ dispatcher }) => dispatcher.stop()),
      );
      jest.restoreAllMocks();
    });

    async function replica(executor: MemoryExecutor) {
      const stack = await createTestStack({
        knex,
        executor,
        clock: clock.read,
      });
      replicas.push(stack);
      stack.dispatcher.start();
      return stack;
    }

    const request = (
      stack: TestStack,
      kind: 'backup' | 'restore' = 'backup',
      database = 'orders',
    ) =>
      stack.service.request(
        {
          databaseId: database,
          kind,
          ...(kind === 'restore' && {
            confirmation: database,
            parameters: { kind: 'latest' },
          }),
        },
        {
          requestedBy: 'user:default/owner',
          idempotencyKey: `${kind}-${database}`,
        },
      );

    const reaches = (stack: TestStack, id: string, state: Operation['state']) =>
      eventually(
        async () => (await stack.store.get(id)) as Operation,
        operation => operation.state === state,
      );

    const started = (executor: MemoryExecutor, id: string) =>
      eventually(async () => executor.workers.has(id), Boolean);

    it('stores text that a database refuses with its offending characters replaced', async () => {
      const executor = new MemoryExecutor();
      const stack = await replica(executor);
      const { id } = await request(stack);
      await started(executor, id);
      executor.emit(id, {
        type: 'log',
        level: 'info',
        message: 'a\0b\ud800c 😀',
      });
      executor.end(id, result);
      await reaches(stack, id, 'succeeded');
      const events = await stack.store.events(id, { after: 0, limit: 99 });
      expect(events.find(({ type }) => type === 'log')?.message).toBe(
        'a\uFFFDb\uFFFDc 😀',
      );
    });

    it('ends an operation that cannot be followed after five attempts', async () => {
      const executor = new MemoryExecutor();
      const attempts: Date[] = [];
      executor.follow = async function* broken() {
        attempts.push(clock.read());
        yield* [];
        throw new Error('the events cannot be read');
      };
      const stack = await replica(executor);
      const { id } = await request(stack);
      for (let attempt = 1; attempt < 5; attempt++) {
        await eventually(
          async () => attempts,
          ({ length }) => length === attempt,
        );
        expect((await stack.store.get(id))?.state).toBe('running');
        clock.advance(60);
        stack.dispatcher.wake();
      }
      expect((await reaches(stack, id, 'interrupted')).failure).toMatchObject({
        code: 'not-followed',
        cause: expect.stringContaining('the events cannot be read'),
      });
      expect(executor.stopped).toEqual([id]);
    });

    it('claims operations though the remains of another cannot be removed', async () => {
      const executor = new MemoryExecutor();
      const stack = await replica(executor);
      const { id } = await request(stack);
      await started(executor, id);
      executor.end(id, result);
      await reaches(stack, id, 'succeeded');
      await eventually(
        () => knex('operations').where({ id }).first(),
        row => row.executor_reference === null,
      );
      await knex('operations').where({ id }).update({ executor_reference: id });
      const find = executor.find.bind(executor);
      executor.find = async wanted => {
        if (wanted === id) {
          throw new Error('its folder cannot be read');
        }
        return find(wanted);
      };
      await reaches(
        stack,
        (await request(stack, 'backup', 'parcels')).id,
        'running',
      );
      expect(stack.logger.error).toHaveBeenCalledWith(
        expect.stringContaining('its folder cannot be read'),
      );
    });

    it('claims operations though a silent one cannot be ended', async () => {
      const gone = new MemoryExecutor({ host: 'host-a' });
      const first = await replica(gone);
      const { id } = await request(first);
      await started(gone, id);
      await first.dispatcher.stop();
      clock.advance(120);
      jest
        .spyOn(OperationEnder.prototype, 'end')
        .mockRejectedValue(new Error('its row is damaged'));
      const stack = await replica(new MemoryExecutor({ host: 'host-b' }));
      await reaches(
        stack,
        (await request(stack, 'backup', 'parcels')).id,
        'running',
      );
      expect(stack.logger.error).toHaveBeenCalledWith(
        expect.stringContaining('its row is damaged'),
      );
    });

    it('keeps what a restore made whose host was given up, for it to be discarded', async () => {
      const executor = new MemoryExecutor({ host: 'host-a' });
      const first = await replica(executor);
      await knex.transaction(trx =>
        first.backups.applyInventory(
          trx,
          testInventory('orders', [testBackup('orders')]),
        ),
      );
      const { id } = await request(first, 'restore');
      await started(executor, id);
      await first.dispatcher.stop();
      executor.end(id, {
        type: 'result',
        data: {
          restoredInstance: {
            backupId: 'backup-1',
            state: 'running',
            directory: '/restored',
            expiresAt: '2026-12-23T10:00:00Z',
            connection: {},
            facts: {},
          },
        },
      });
      clock.advance(120);
      const elsewhere = await replica(new MemoryExecutor({ host: 'host-b' }));
      await reaches(elsewhere, id, 'interrupted');

      await replica(executor);
      await eventually(
        async () => executor.forgotten,
        forgotten => forgotten.includes(id),
      );
      expect(await elsewhere.instances.listExpired()).toMatchObject([
        { id, host: 'host-a', directory: '/restored', state: 'running' },
      ]);
    });

    it('removes nothing of a worker whose operation another one ended', async () => {
      const executor = new MemoryExecutor();
      const stack = await replica(executor);
      const { id } = await request(stack);
      await started(executor, id);
      jest
        .spyOn(OperationEnder.prototype, 'end')
        .mockResolvedValueOnce(undefined);
      executor.end(id, result);
      await eventually(
        async () => jest.mocked(OperationEnder.prototype.end).mock.calls,
        calls => calls.length > 0,
      );
      await stack.dispatcher.stop();
      expect(executor.forgotten).toEqual([]);
      expect(await knex('operations').where({ id }).first()).toMatchObject({
        executor_reference: id,
      });
    });

    it('stops a worker whose place could not be noted, and calls it interrupted', async () => {
      jest
        .spyOn(OperationLeases.prototype, 'recordHandle')
        .mockRejectedValueOnce(new Error('the database is away'));
      const executor = new MemoryExecutor();
      const stack = await replica(executor);
      const { id } = await request(stack);
      await eventually(
        async () => executor.stopped,
        stopped => stopped.includes(id),
      );
      expect((await stack.store.get(id))?.state).toBe('running');
      clock.advance(60);
      stack.dispatcher.wake();
      await reaches(stack, id, 'interrupted');
    });
  },
);
