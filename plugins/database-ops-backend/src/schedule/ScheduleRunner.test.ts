import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import {
  createReplica,
  createStage,
  finish,
  policies,
} from './__testUtils__/scheduleStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())('schedules on %s', databaseId => {
  const create = (
    schedule: JsonObject,
    options?: { readonly replicas?: number; readonly policy?: JsonObject },
  ) => createStage(databases, databaseId, schedule, options);

  it('run once a minute with two replicas that look every ten seconds', async () => {
    const { knex, clock, stack, tick } = await create({
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

  it('move out of a blackout, once, with its reason', async () => {
    const { clock, stack, tick, outcomes, operations } = await create(
      { cron: '0 * * * *' },
      {
        policy: {
          blackouts: [
            { from: '11:30', to: '14:30', reason: 'month-end closing' },
          ],
        },
      },
    );
    for (let minutes = 0; minutes <= 5 * 60; minutes += 10) {
      await tick();
      await finish(stack.knex, 'succeeded', clock.read());
      clock.advance(600);
    }
    expect(await outcomes()).toEqual([
      '11:00 requested',
      '12:00 skipped',
      '13:00 skipped',
      '14:00 moved',
      '15:00 requested',
    ]);
    const [, , , moved] = await stack.runs.since('orders', 'often', '');
    expect(moved).toMatchObject({
      startsAt: '2026-11-23T14:30:00.000Z',
      reason: 'Moved to the end of the blackout: month-end closing.',
    });
    expect(
      (await operations()).map(item => item.requestedAt.slice(11, 16)),
    ).toEqual(['15:00', '14:30', '11:00']);
  });

  it('do not run while suspended nor make that up afterwards', async () => {
    const { knex, clock, stack, tick } = await create(
      { cron: '0 * * * *' },
      { replicas: 1 },
    );
    await tick();
    const suspended = await createReplica(
      knex,
      clock,
      policies({ cron: '0 * * * *', suspended: true }),
    );
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

  it('record a run that a change of the schedule overtook', async () => {
    const { knex, clock, stack, tick } = await create(
      { cron: '0 * * * *' },
      { replicas: 1 },
    );
    await tick();
    clock.advance(3600);
    const changed = await createReplica(
      knex,
      clock,
      policies({ cron: '30 * * * *' }),
    );
    await changed.runner.tick();
    expect(await stack.runs.since('orders', 'often', '')).toMatchObject([
      {
        dueAt: '2026-11-23T11:00:00.000Z',
        outcome: 'skipped',
        reason: expect.stringContaining("changed to '30 * * * * UTC'"),
      },
    ]);
  });

  describe('that find such an operation active', () => {
    async function createBusy(parameters: JsonObject = {}) {
      const made = await create({ cron: '*/5 * * * *' });
      await made.tick();
      const byHand = await made.stack.service.request(
        { databaseId: 'orders', kind: 'backup', parameters },
        { requestedBy: 'user:default/owner', idempotencyKey: 'by hand' },
      );
      made.clock.advance(300);
      await made.tick();
      expect(await made.outcomes()).toEqual([]);
      expect(await made.stack.due.get('orders', 'often')).toMatchObject({
        next_due_at: '2026-11-23T10:05:00.000Z',
        waiting_for: 'operation',
        waiting_operation_id: byHand.id,
      });
      return { ...made, byHand };
    }

    it('wait for it and run when it failed', async () => {
      const { knex, clock, stack, tick, operations, byHand } =
        await createBusy();
      clock.advance(200);
      await tick();
      await finish(knex, 'failed', clock.read());
      clock.advance(10);
      await tick();
      expect(await operations()).toHaveLength(2);
      expect(await stack.runs.since('orders', 'often', '')).toMatchObject([
        {
          dueAt: '2026-11-23T10:05:00.000Z',
          outcome: 'requested',
          reason: `Operation ${byHand.id} was active when it was due.`,
        },
      ]);
    });

    it('need no run of their own when it did the same', async () => {
      const { knex, clock, stack, tick, outcomes, operations, byHand } =
        await createBusy();
      clock.advance(400);
      await tick();
      await finish(knex, 'succeeded', clock.read());
      await tick();
      expect(await operations()).toHaveLength(1);
      expect(await outcomes()).toEqual(['10:05 skipped', '10:10 skipped']);
      expect((await stack.runs.since('orders', 'often', ''))[1]).toMatchObject({
        operationId: byHand.id,
        reason: expect.stringContaining('did the same until'),
      });
      clock.advance(300);
      await tick();
      expect(await operations()).toHaveLength(2);
    });
  });

  it('go on for others when one cannot run, and run it when it can again', async () => {
    const { clock, stack, tick, outcomes, operations } = await create(
      { cron: '0 * * * *' },
      { replicas: 1 },
    );
    await tick();
    const validate = stack.validator.validate.bind(stack.validator);
    const broken = jest
      .spyOn(stack.validator, 'validate')
      .mockImplementation(async request => {
        if (request.databaseId === 'orders') {
          throw new Error('The engine of orders is out of its mind.');
        }
        return validate(request);
      });
    clock.advance(3600);
    await tick();
    expect(await operations()).toEqual([]);
    expect((await stack.store.list({ databaseId: 'parcels' })).totalItems).toBe(
      1,
    );
    expect(await stack.due.get('orders', 'often')).toMatchObject({
      waiting_for: 'error',
      waiting_reason: 'The engine of orders is out of its mind.',
    });
    broken.mockRestore();
    clock.advance(600);
    await tick();
    expect(await outcomes()).toEqual(['11:00 made-up']);
  });
});
