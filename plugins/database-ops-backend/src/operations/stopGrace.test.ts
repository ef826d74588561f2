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

/** What the test engine needs to put its source back, and the time to say so. */
const IN_PLACE_SECONDS = 110;

describe.each(databases.eachSupportedId())(
  'a worker of a restore in place that is ended on %s',
  databaseId => {
    let knex: Knex;
    let clock: TestClock;
    let executor: MemoryExecutor;
    const replicas: TestStack[] = [];

    beforeEach(async () => {
      clock = new TestClock('2026-11-23T10:00:00Z');
      knex = await databases.init(databaseId);
      await migrate(knex);
      executor = new MemoryExecutor({ host: 'host-a' });
    });

    afterEach(async () => {
      await Promise.all(
        replicas.splice(0).map(({ dispatcher }) => dispatcher.stop()),
      );
    });

    async function replica(on: MemoryExecutor) {
      const stack = await createTestStack({
        knex,
        executor: on,
        clock: clock.read,
      });
      replicas.push(stack);
      stack.dispatcher.start();
      return stack;
    }

    const request = (
      { service }: TestStack,
      kind: 'restore' | 'inventory',
      parameters = {},
    ) =>
      service.requestValid(
        { databaseId: 'orders', kind, parameters },
        { requestedBy: 'user:default/owner', idempotencyKey: kind },
      );

    const restore = async (stack: TestStack) =>
      (await request(stack, 'restore', { mode: 'in-place' })).id;

    const started = (id: string) =>
      eventually(async () => executor.workers.has(id), Boolean);

    const reaches = (stack: TestStack, id: string, state: Operation['state']) =>
      eventually(
        async () => (await stack.store.get(id)) as Operation,
        operation => operation.state === state,
      );

    const executorReferenceOf = async (id: string) =>
      (await knex('operations').where({ id }).first()).executor_reference;

    /** Given up by another host while no portal runs on its own. */
    async function abandoned(): Promise<string> {
      const first = await replica(executor);
      const id = await restore(first);
      await started(id);
      await first.dispatcher.stop();
      clock.advance(600);
      const other = await replica(new MemoryExecutor({ host: 'host-b' }));
      await reaches(other, id, 'interrupted');
      await other.dispatcher.stop();
      return id;
    }

    it('has as long as its engine needs when its portal heard the last of it', async () => {
      executor.follow = async function* silent() {
        yield* [];
      };
      const stack = await replica(executor);
      const id = await restore(stack);
      await reaches(stack, id, 'interrupted');
      expect(executor.graceSeconds.get(id)).toBe(IN_PLACE_SECONDS);
    });

    it('has as long when another host gave it up and its own portal comes back', async () => {
      const id = await abandoned();
      await replica(executor);
      await eventually(async () => executor.forgotten.includes(id), Boolean);
      expect(executor.graceSeconds.get(id)).toBe(IN_PLACE_SECONDS);
      await eventually(
        () => executorReferenceOf(id),
        reference => reference === null,
      );
    });

    it('keeps nobody waiting meanwhile, is told to stop once, and leaves nothing in the end', async () => {
      const id = await abandoned();
      const stop = executor.stop.bind(executor);
      const stops: string[] = [];
      let putBack: () => void = () => {};
      const isBack = new Promise<void>(resolve => {
        putBack = resolve;
      });
      executor.stop = async (handle, options) => {
        if (handle.reference === id) {
          stops.push(id);
          await isBack;
        }
        await stop(handle, options);
      };
      const stack = await replica(executor);
      await eventually(async () => stops.length > 0, Boolean);
      const next = await request(stack, 'inventory');
      await started(next.id);
      stack.dispatcher.wake();
      executor.end(next.id);
      await reaches(stack, next.id, 'interrupted');
      stack.dispatcher.wake();
      expect(executor.forgotten).not.toContain(id);
      expect(await executorReferenceOf(id)).toBe(id);

      putBack();
      await eventually(
        () => executorReferenceOf(id),
        reference => reference === null,
      );
      expect(executor.forgotten).toContain(id);
      expect(stops).toEqual([id]);
    });
  },
);
