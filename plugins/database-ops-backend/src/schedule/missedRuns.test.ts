import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { createStage, finish } from './__testUtils__/scheduleStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'schedules that missed runs, or whose clock was moved, on %s',
  databaseId => {
    const create = (
      schedule: JsonObject,
      options?: { readonly replicas?: number; readonly policy?: JsonObject },
    ) => createStage(databases, databaseId, schedule, options);

    it('make up once for all runs missed while no portal ran, and say so', async () => {
      const { clock, stack, tick, outcomes, operations } = await create({
        cron: '0 * * * *',
      });
      await tick();
      clock.advance(5 * 3600);
      await tick();
      await tick();
      const [made, ...others] = await operations();
      expect(others).toEqual([]);
      expect(await outcomes()).toEqual([
        '11:00 skipped',
        '12:00 skipped',
        '13:00 skipped',
        '14:00 skipped',
        '15:00 requested',
      ]);
      const runs = await stack.runs.since('orders', 'often', '');
      expect(runs[4].operationId).toBe(made.id);
      expect(runs[0].reason).toMatch(
        /^The run due 2026-11-23T15:00:00.000Z stands for it/,
      );
      expect((await stack.due.get('orders', 'often'))?.next_due_at).toBe(
        '2026-11-23T16:00:00.000Z',
      );
    });

    it('say that a run was made up when even the last was missed', async () => {
      const { clock, tick, outcomes } = await create({
        cron: '0 * * * *',
      });
      await tick();
      clock.advance(2 * 3600 + 600);
      await tick();
      expect(await outcomes()).toEqual(['11:00 skipped', '12:00 made-up']);
    });

    it('skip what was missed where the policy says so, and run what is on time', async () => {
      const { clock, tick, outcomes, operations } = await create({
        cron: '0 * * * *',
        missed: 'skip',
      });
      await tick();
      clock.advance(2 * 3600 + 600);
      await tick();
      expect(await outcomes()).toEqual(['11:00 skipped', '12:00 skipped']);
      expect(await operations()).toEqual([]);
      clock.advance(3600 - 600);
      await tick();
      expect((await outcomes())[2]).toBe('13:00 requested');
      expect(await operations()).toHaveLength(1);
    });

    it('wait for the end of a maintenance mode and are made up once', async () => {
      const { knex, clock, stack, tick, outcomes, operations } = await create({
        cron: '0 * * * *',
      });
      await tick();
      await knex.transaction(trx =>
        stack.maintenance.start(trx, {
          scope: 'orders',
          reason: 'new disks',
          startedBy: 'user:default/owner',
          until: '2026-11-23T13:30:00Z',
        }),
      );
      clock.advance(2 * 3600);
      await tick();
      expect(await operations()).toEqual([]);
      expect(
        (await stack.store.list({ databaseId: 'parcels' })).totalItems,
      ).toBe(1);
      clock.advance(3600 + 1800);
      await tick();
      expect(await outcomes()).toEqual([
        '11:00 skipped',
        '12:00 skipped',
        '13:00 made-up',
      ]);
      expect(
        (await stack.runs.since('orders', 'often', ''))[2].reason,
      ).toContain('new disks');
    });

    it('survive a clock that jumps a year ahead and comes back', async () => {
      const { knex, clock, stack, tick, outcomes } = await create({
        cron: '0 * * * *',
      });
      await tick();
      clock.advance(365 * 86_400);
      await tick();
      await finish(knex);
      clock.advance(-365 * 86_400);
      await tick();
      expect((await stack.due.get('orders', 'often'))?.next_due_at).toBe(
        '2026-11-23T11:00:00.000Z',
      );
      clock.advance(3600);
      await tick();
      await finish(knex);
      clock.advance(3600);
      await tick();
      expect((await outcomes()).slice(0, 2)).toEqual([
        '11:00 requested',
        '12:00 requested',
      ]);
    });

    it('run nothing twice when the clock goes back over a due time', async () => {
      const { knex, clock, tick, outcomes, operations } = await create({
        cron: '0 * * * *',
      });
      await tick();
      clock.advance(3600);
      await tick();
      await finish(knex);
      clock.advance(-1200);
      await tick();
      clock.advance(1200);
      await tick();
      clock.advance(3600);
      await tick();
      expect(await outcomes()).toEqual(['11:00 requested', '12:00 requested']);
      expect(await operations()).toHaveLength(2);
    });
  },
);
