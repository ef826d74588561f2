import { TestDatabases } from '@backstage/backend-test-utils';
import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MemoryExecutor } from '../__testUtils__/MemoryExecutor';
import { eventually } from '../__testUtils__/eventually';
import {
  TestClock,
  TestStack,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'operations that only an absent host may run on %s',
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

    const addInstance = (stack: TestStack) =>
      knex.transaction(trx =>
        stack.instances.add(trx, {
          id: 'instance',
          databaseId: 'orders',
          operationId: 'instance',
          state: 'running',
          host: 'host-a',
          directory: '/restored',
          expiresAt: '2026-11-01T00:00:00Z',
        }),
      );

    const discard = (stack: TestStack, idempotencyKey: string) =>
      stack.service.request(
        {
          databaseId: 'orders',
          kind: 'discard',
          parameters: { restoredInstanceId: 'instance' },
        },
        { requestedBy: 'user:default/owner', idempotencyKey },
      );

    const reaches = (stack: TestStack, id: string, state: Operation['state']) =>
      eventually(
        async () => (await stack.store.get(id)) as Operation,
        operation => operation.state === state,
      );

    it('gives up a discard whose host is gone, calls the instance lost and frees the place', async () => {
      const stack = await replica(new MemoryExecutor({ host: 'host-b' }));
      await addInstance(stack);
      const { id } = await discard(stack, 'first');
      clock.advance(500);
      stack.dispatcher.wake();
      await new Promise(resolve => setTimeout(resolve, 200));
      expect((await stack.store.get(id))?.state).toBe('queued');
      expect(await stack.instances.listExpired()).toHaveLength(1);

      clock.advance(101);
      stack.dispatcher.wake();
      expect((await reaches(stack, id, 'failed')).failure).toMatchObject({
        code: 'host-absent',
        object: 'host-a',
        nextStep: expect.stringContaining('Start the portal on host-a'),
      });
      expect((await stack.instances.get('instance'))?.state).toBe('lost');
      expect(await stack.instances.listExpired()).toEqual([]);

      // Once its host is back, a person may have it discarded after all.
      const again = await discard(stack, 'second');
      const back = new MemoryExecutor({ host: 'host-a' });
      await replica(back);
      await eventually(async () => back.workers.has(again.id), Boolean);
    });

    it('leaves a discard to its host while that is only busy', async () => {
      const stack = await replica(new MemoryExecutor({ host: 'host-b' }));
      await addInstance(stack);
      const busy = await stack.service.request(
        { databaseId: 'orders', kind: 'backup' },
        { requestedBy: 'user:default/owner', idempotencyKey: 'backup' },
      );
      await reaches(stack, busy.id, 'running');
      const { id } = await discard(stack, 'first');
      // Before the clock moves: the dispatcher looks by itself at any time.
      await knex('operations')
        .where({ id: busy.id })
        .update({
          executor_host: 'host-a',
          lease_expires_at: new Date(
            clock.read().getTime() + 601_000,
          ).toISOString(),
        });
      clock.advance(601);
      stack.dispatcher.wake();
      await new Promise(resolve => setTimeout(resolve, 200));
      expect((await stack.store.get(id))?.state).toBe('queued');
    });
  },
);
