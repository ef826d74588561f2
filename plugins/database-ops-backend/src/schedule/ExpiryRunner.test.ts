import { TestDatabases, mockServices } from '@backstage/backend-test-utils';
import { OperationState } from 'backstage-plugin-database-ops-common';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { ExpiryRunner } from './ExpiryRunner';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('expiry on %s', databaseId => {
  /** An instance that expired at 10:00, and a look at it at any time. */
  async function create() {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const clock = new TestClock('2026-11-23T10:00:30Z');
    const stack = await createTestStack({ knex, clock: clock.read });
    const logger = mockServices.logger.mock();
    const expiry = new ExpiryRunner({
      ...stack,
      logger,
      operations: stack.service,
    });
    await knex.transaction(trx =>
      stack.instances.add(trx, {
        id: 'instance',
        databaseId: 'orders',
        operationId: 'instance',
        state: 'paused',
        host: 'test-host',
        directory: '/restored',
        moment: { time: '2026-11-21T10:00:00.000Z' },
        expiresAt: '2026-11-23T10:00:00Z',
      }),
    );
    const discards = async () =>
      (await stack.store.list({ kind: 'discard' })).totalItems;
    const request = (kind: 'advance' | 'promote', id = 'instance') =>
      stack.service.requestValid(
        {
          databaseId: 'orders',
          kind,
          parameters: { restoredInstanceId: id },
          placementHost: 'test-host',
        },
        { requestedBy: 'user:default/owner', idempotencyKey: `${kind} ${id}` },
      );
    const move = (
      id: string,
      state: OperationState,
      times: { readonly started_at?: string } = {},
    ) =>
      knex('operations')
        .where({ id })
        .update({ state, ...times });
    const end = (kind: string, state: OperationState) =>
      knex('operations')
        .where({ kind, state: 'queued' })
        .update({ state, ended_at: clock.read().toISOString() });
    return { clock, discards, end, expiry, knex, logger, move, request };
  }

  it.each(['promote', 'advance'] as const)(
    'discards nothing while %s of it waits or runs, and does so when that was given up',
    async kind => {
      const { discards, expiry, move, request } = await create();
      const { id } = await request(kind);
      for (const state of ['awaiting-approval', 'queued', 'running'] as const) {
        await move(id, state);
        await expiry.tick();
        expect(await discards()).toBe(0);
      }
      await move(id, 'cancelled');
      await expiry.tick();
      expect(await discards()).toBe(1);
    },
  );

  it('does not wait for a promotion of another instance', async () => {
    const { discards, expiry, request } = await create();
    await request('promote', 'another');
    await expiry.tick();
    expect(await discards()).toBe(1);
  });

  it.each(['failed', 'interrupted', 'cancelled'] as const)(
    'leaves one whose promotion began and %s to a person, and says so once',
    async state => {
      const { clock, discards, expiry, logger, move, request } = await create();
      const { id } = await request('promote');
      await move(id, state, { started_at: clock.read().toISOString() });
      await expiry.tick();
      clock.advance(86_400);
      await expiry.tick();
      expect(await discards()).toBe(0);
      expect(logger.warn.mock.calls).toEqual([
        [expect.stringContaining(`its promotion has begun (operation ${id}`)],
      ]);
    },
  );

  it.each([
    ['running', 'promote it to confirm it, or discard it to roll it back'],
    ['lost', 'which puts it back'],
  ] as const)(
    'never rolls a %s restore in place back, and says once what to do',
    async (state, advice) => {
      const { clock, discards, expiry, knex, logger } = await create();
      await knex('restored_instances').update({ mode: 'in-place', state });
      await expiry.tick();
      clock.advance(86_400);
      await expiry.tick();
      expect(await discards()).toBe(0);
      expect(logger.warn.mock.calls).toEqual([
        [expect.stringContaining(advice)],
      ]);
    },
  );

  it('tries a failed discard again an hour after its end, and not before', async () => {
    const { clock, discards, end, expiry } = await create();
    await expiry.tick();
    clock.advance(1800);
    await end('discard', 'failed');
    clock.advance(3599);
    await expiry.tick();
    expect(await discards()).toBe(1);
    clock.advance(1);
    await expiry.tick();
    await expiry.tick();
    expect(await discards()).toBe(2);
    await end('discard', 'failed');
    clock.advance(3600);
    await expiry.tick();
    expect(await discards()).toBe(3);
  });

  it('queues the discard of an expired restored instance once, on its host', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const clock = new TestClock('2026-11-23T10:00:30Z');
    const stack = await createTestStack({ knex, clock: clock.read });
    await knex.transaction(trx =>
      stack.instances.add(trx, {
        id: 'instance',
        databaseId: 'orders',
        operationId: 'instance',
        state: 'running',
        host: 'host-b',
        directory: '/restored',
        expiresAt: '2026-11-23T11:00:00Z',
      }),
    );
    const expiry = new ExpiryRunner({ ...stack, operations: stack.service });
    await expiry.tick();
    expect((await stack.store.list({})).totalItems).toBe(0);
    clock.advance(3600);
    await expiry.tick();
    await expiry.tick();
    const { items } = await stack.store.list({});
    expect(items).toMatchObject([
      {
        kind: 'discard',
        requestedBy: 'schedule:orders/expiry',
        parameters: { restoredInstanceId: 'instance' },
      },
    ]);
    expect(await knex('operations').first()).toMatchObject({
      placement_host: 'host-b',
    });
  });
});
