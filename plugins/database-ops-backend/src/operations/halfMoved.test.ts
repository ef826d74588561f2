import { TestDatabases } from '@backstage/backend-test-utils';
import { Operation } from 'backstage-plugin-database-ops-common';
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
const moment = { time: '2026-11-20T10:00:00.000Z' };

describe.each(databases.eachSupportedId())(
  'an advance that failed on %s',
  databaseId => {
    let executor: MemoryExecutor;
    let stack: TestStack;

    beforeEach(async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      executor = new MemoryExecutor();
      stack = await createTestStack({
        knex,
        executor,
        clock: new TestClock('2026-11-23T10:00:00Z').read,
      });
      await knex.transaction(trx =>
        stack.instances.add(trx, {
          id: 'instance',
          databaseId: 'orders',
          operationId: 'instance',
          state: 'paused',
          host: 'test-host',
          directory: '/restored',
          moment,
          expiresAt: '2027-01-01T00:00:00Z',
          facts: { target: 'the time 10:00' },
        }),
      );
      stack.dispatcher.start();
    });

    afterEach(() => stack.dispatcher.stop());

    it.each([
      ['moment-not-later', moment, 'the time 10:00'],
      ['advance-incomplete', undefined, 'It is paused at 0/5000000.'],
    ])(
      'with %s leaves only what is known of where the instance stands',
      async (code, known, told) => {
        // The API would have refused; what a worker finds out comes later.
        const { id } = await stack.service.requestValid(
          {
            databaseId: 'orders',
            kind: 'advance',
            parameters: { restoredInstanceId: 'instance' },
            placementHost: 'test-host',
          },
          { requestedBy: 'user:default/owner', idempotencyKey: code },
        );
        await eventually(
          async () => executor.workers.has(id),
          isThere => isThere,
        );
        executor.end(id, {
          type: 'error',
          cancelled: false,
          failure: { cause: told, nextStep: 'Look at it.', code },
        });
        await eventually(
          async () => (await stack.store.get(id)) as Operation,
          ({ state }) => state === 'failed',
        );
        const instance = await stack.instances.get('instance');
        expect(instance?.state).toBe('paused');
        expect(instance?.moment).toEqual(known);
        expect(instance?.facts?.target).toBe(told);
      },
    );
  },
);
