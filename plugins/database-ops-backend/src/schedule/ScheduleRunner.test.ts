import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { Knex } from 'knex';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { DueStore } from './DueStore';
import { ExpiryRunner } from './ExpiryRunner';
import { ScheduleRunner } from './ScheduleRunner';
import { nextDue } from './scheduleTimes';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

function policies(schedule: JsonObject): JsonObject {
  return {
    policies: {
      standard: {
        schedules: { often: { kind: 'backup', type: 'full', ...schedule } },
      },
    },
  };
}

async function createReplica(
  knex: Knex,
  clock: TestClock,
  schedule: JsonObject,
) {
  const stack = await createTestStack({
    knex,
    clock: clock.read,
    config: policies(schedule),
  });
  const due = new DueStore(knex);
  const runner = new ScheduleRunner({
    ...stack,
    due,
    operations: stack.service,
  });
  return { ...stack, due, runner };
}

describe.each(databases.eachSupportedId())('schedules on %s', databaseId => {
  async function create(
    id: TestDatabaseId,
    schedule: JsonObject,
    replicas = 2,
  ) {
    const knex = await databases.init(id);
    await migrate(knex);
    const clock = new TestClock('2026-11-23T10:00:30Z');
    const stacks = await Promise.all(
      Array.from({ length: replicas }, () =>
        createReplica(knex, clock, schedule),
      ),
    );
    const tick = () => Promise.all(stacks.map(({ runner }) => runner.tick()));
    return { knex, clock, stacks, tick, stack: stacks[0] };
  }

  /** Ends what was queued, so that the next run finds its place free. */
  async function finish(knex: Knex) {
    await knex('operations')
      .where({ state: 'queued' })
      .update({ state: 'succeeded' });
  }

  it('run once a minute with two replicas that look every ten seconds', async () => {
    const { knex, clock, stack, tick } = await create(databaseId, {
      cron: '* * * * *',
    });
    for (let second = 0; second < 300; second += 10) {
      await tick();
      await finish(knex);
      clock.advance(10);
    }
    const { items, totalItems } = await stack.store.list({
      databaseId: 'orders',
      limit: 100,
    });
    expect(totalItems).toBe(5);
    expect(items[0]).toMatchObject({
      requestedBy: 'schedule:orders/often',
      parameters: { type: 'full' },
    });
    expect(
      new Set(items.map(({ requestedAt }) => requestedAt.slice(0, 16))).size,
    ).toBe(5);
    expect(await stack.due.get('orders', 'often')).toMatchObject({
      last_due_at: '2026-11-23T10:05:00.000Z',
      last_operation_id: items[0].id,
    });
    expect(await stack.auditStore.verify()).toMatchObject({
      verified: true,
      events: 10,
    });
  });

  it('make up once for all runs missed while no portal ran', async () => {
    const { clock, stack, tick } = await create(databaseId, {
      cron: '0 * * * *',
    });
    await tick();
    clock.advance(5 * 3600);
    await tick();
    await tick();
    expect((await stack.store.list({ databaseId: 'orders' })).totalItems).toBe(
      1,
    );
    expect((await stack.due.get('orders', 'often'))?.next_due_at).toBe(
      '2026-11-23T16:00:00.000Z',
    );
  });

  it('do not run while suspended nor make that up afterwards', async () => {
    const { knex, clock, stack, tick } = await create(
      databaseId,
      { cron: '0 * * * *' },
      1,
    );
    await tick();
    const suspended = await createReplica(knex, clock, {
      cron: '0 * * * *',
      suspended: true,
    });
    await suspended.runner.tick();
    clock.advance(5 * 3600);
    await suspended.runner.tick();
    await tick();
    await tick();
    expect((await stack.store.list({})).totalItems).toBe(0);
    clock.advance(3600);
    await tick();
    expect((await stack.store.list({ databaseId: 'orders' })).totalItems).toBe(
      1,
    );
  });

  it('use up their due time when such an operation is active already', async () => {
    const { clock, stack, tick } = await create(databaseId, {
      cron: '* * * * *',
    });
    await tick();
    await stack.service.request(
      { databaseId: 'orders', kind: 'backup' },
      { requestedBy: 'user:default/owner', idempotencyKey: 'by hand' },
    );
    clock.advance(60);
    await tick();
    expect((await stack.store.list({ databaseId: 'orders' })).totalItems).toBe(
      1,
    );
    expect((await stack.due.get('orders', 'often'))?.next_due_at).toBe(
      '2026-11-23T10:02:00.000Z',
    );
  });

  it('queue the discard of an expired restored instance once, on its host', async () => {
    const { knex, clock, stack } = await create(
      databaseId,
      { cron: '0 0 1 1 *' },
      1,
    );
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

describe('nextDue', () => {
  it('keeps the hour of its time zone over the change to summer time', () => {
    const berlin = { cron: '0 2 * * *', timeZone: 'Europe/Berlin' };
    expect(
      nextDue(berlin, new Date('2026-03-27T12:00:00Z'))?.toISOString(),
    ).toBe('2026-03-28T01:00:00.000Z');
    expect(
      nextDue(berlin, new Date('2026-03-29T12:00:00Z'))?.toISOString(),
    ).toBe('2026-03-30T00:00:00.000Z');
  });
});
