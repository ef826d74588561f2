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
const restoredInstance = {
  mode: 'in-place',
  backupId: 'backup-1',
  state: 'running',
  directory: '/in-place/orders-1',
  expiresAt: '2026-11-24T10:00:00Z',
  connection: {},
  facts: { mode: 'in-place', protection: 'UNPROTECTED' },
};

describe.each(databases.eachSupportedId())(
  'restores onto the source on %s',
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
        stack.backups.applyInventory(trx, {
          version: 1,
          databaseId: 'orders',
          engine: 'test',
          observedAt: '2026-11-23T09:00:00Z',
          backups: [
            {
              id: 'backup-1',
              databaseId: 'orders',
              type: 'full',
              startedAt: '2026-11-23T08:00:00Z',
              stoppedAt: '2026-11-23T08:10:00Z',
              chain: ['backup-1'],
              state: 'present',
            },
          ],
          logs: [],
        }),
      );
      stack.dispatcher.start();
    });

    afterEach(() => stack.dispatcher.stop());

    const restore = (mode: string, key: string) =>
      stack.service.request(
        {
          databaseId: 'orders',
          kind: 'restore',
          confirmation: 'orders',
          parameters: { kind: 'latest', mode },
        },
        { requestedBy: 'user:default/owner', idempotencyKey: key },
      );

    const reaches = (id: string, state: Operation['state']) =>
      eventually(
        async () => (await stack.store.get(id)) as Operation,
        operation => operation.state === state,
      );

    const started = (id: string) =>
      eventually(
        async () => executor.workers.has(id),
        isThere => isThere,
      );

    it('are asked for by name, and refused for a mode that there is not', async () => {
      await expect(restore('sideways', 'first')).rejects.toThrow(
        "Restore mode 'sideways' is not offered for database 'orders'; choose 'new-place' or 'in-place'.",
      );
    });

    it('leave an instance that says that it took the place of its source', async () => {
      const { id } = await restore('in-place', 'second');
      await started(id);
      expect(executor.workers.get(id)?.spec.parameters).toMatchObject({
        mode: 'in-place',
      });
      executor.end(id, { type: 'result', data: { restoredInstance } });
      await reaches(id, 'succeeded');
      expect(await stack.instances.get(id)).toMatchObject({
        mode: 'in-place',
        state: 'running',
      });
    });

    it('leave one to be discarded when their worker died in the middle, which puts the source back', async () => {
      const { id } = await restore('in-place', 'third');
      await started(id);
      executor.end(id);
      await reaches(id, 'interrupted');
      expect(await stack.instances.get(id)).toMatchObject({
        mode: 'in-place',
        state: 'lost',
        host: 'test-host',
      });
      const discard = await stack.service.request(
        {
          databaseId: 'orders',
          kind: 'discard',
          confirmation: 'orders',
          parameters: { restoredInstanceId: id },
        },
        { requestedBy: 'user:default/owner', idempotencyKey: 'put back' },
      );
      // Said by the portal, for rules and for the worker.
      expect(discard.parameters).toEqual({
        restoredInstanceId: id,
        mode: 'in-place',
      });
      await started(discard.id);
      expect(executor.workers.get(discard.id)?.spec.restoredInstance).toEqual({
        restoredInstanceId: id,
        directory: '',
        facts: { mode: 'in-place' },
      });
    });

    it.each([
      ['timeout', true],
      ['secret-in-result', true],
      ['lease-lost', true],
      ['source-not-back', true],
      ['source-kept-aside', true],
      ['pgbackrest-exit-1', true],
      ['in-place-refused', false],
      ['in-place-undone', false],
    ])(
      'that failed with %s leave one to be decided about: %s',
      async (code, isLeft) => {
        const { id } = await restore('in-place', code);
        await started(id);
        executor.end(id, {
          type: 'error',
          cancelled: false,
          failure: { cause: 'It failed.', nextStep: 'Look.', code },
        });
        await reaches(id, 'failed');
        expect((await stack.instances.get(id))?.state).toBe(
          isLeft ? 'lost' : undefined,
        );
      },
    );

    it('leave one whose result cannot be read, and it can be promoted where it runs', async () => {
      const { id } = await restore('in-place', 'unreadable');
      await started(id);
      executor.end(id, { type: 'result', data: { restoredInstance: {} } });
      await reaches(id, 'failed');
      expect((await stack.instances.get(id))?.state).toBe('lost');
      const promotion = await stack.service.request(
        {
          databaseId: 'orders',
          kind: 'promote',
          confirmation: 'orders',
          parameters: { restoredInstanceId: id },
        },
        { requestedBy: 'user:default/owner', idempotencyKey: 'keep it' },
      );
      expect(promotion.parameters).toMatchObject({
        restoredInstanceId: id,
        mode: 'in-place',
      });
    });

    it('that are cancelled in the middle are announced, and leave one to put the source back', async () => {
      const { id } = await restore('in-place', 'cancelled');
      await started(id);
      await stack.service.cancel(id, 'user:default/owner');
      await reaches(id, 'cancelled');
      expect((await stack.instances.get(id))?.state).toBe('lost');
      // Longer than the worker gives its engine, which has to start the source.
      expect(executor.graceSeconds.get(id)).toBe(110);
      await eventually(
        async () => stack.notifications.send.mock.calls.length,
        calls => calls > 0,
      );
      expect(stack.notifications.send).toHaveBeenLastCalledWith(
        expect.objectContaining({
          payload: expect.objectContaining({
            title: expect.stringContaining(
              'may be stopped after a restore in place that was cancelled',
            ),
            description: expect.stringContaining(
              `Discard restored instance ${id}`,
            ),
          }),
        }),
      );
    });

    it('to a new place leave nothing when their worker died', async () => {
      const { id } = await restore('new-place', 'fourth');
      await started(id);
      executor.end(id);
      await reaches(id, 'interrupted');
      expect(await stack.instances.get(id)).toBeUndefined();
    });
  },
);
