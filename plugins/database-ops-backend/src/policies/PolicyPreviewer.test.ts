import { TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { createRetention } from '../retention/createRetention';
import { createSchedules } from '../schedule/createSchedules';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { testConfig } from '../__testUtils__/testConfig';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { PolicyPreviewer } from './PolicyPreviewer';
import { PolicyViews } from './PolicyViews';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

const STANDARD = {
  objectives: { rpo: 'PT1H' },
  schedules: {
    daily: { kind: 'backup', cron: '0 2 * * *' },
    hourly: { kind: 'backup', cron: '30 * * * *', suspended: true },
  },
};

async function create(
  standard: JsonObject = STANDARD,
  databaseConfig?: JsonObject,
) {
  const knex = await databases.init('SQLITE_3');
  await migrate(knex);
  const clock = new TestClock('2026-11-23T10:00:00Z');
  const stack = await createTestStack({
    knex,
    clock: clock.read,
    config: {
      policies: { standard },
      ...(databaseConfig && { databases: databaseConfig }),
    },
  });
  const schedules = createSchedules({
    ...stack,
    maintenance: new MaintenanceModes({ knex, clock: clock.read }),
  });
  await schedules.runner.tick();
  const { service: retention } = createRetention(stack);
  const old = testBackup('orders', 'backup-1');
  const young = {
    ...testBackup('orders', 'backup-2'),
    startedAt: '2026-11-23T02:00:00.000Z',
    stoppedAt: '2026-11-23T02:01:00.000Z',
  };
  await knex.transaction(trx =>
    stack.backups.applyInventory(
      trx,
      testInventory('orders', [old, young], clock.read().toISOString()),
    ),
  );
  const previewer = new PolicyPreviewer({
    ...stack,
    ...schedules,
    retention: retention.wouldAlsoRemove.bind(retention),
  });
  const views = new PolicyViews({ ...stack, ...schedules });
  const readable = new Set(['orders', 'parcels']);
  return { knex, stack, schedules, previewer, views, readable };
}

describe('a preview of policies', () => {
  it('says what changes for each database, with runs before and after', async () => {
    const { previewer, readable } = await create();
    const { errors, changes } = await previewer.preview(
      {
        standard: {
          objectives: { rpo: 'PT5M' },
          schedules: {
            daily: { kind: 'backup', cron: '0 4 * * *', jitter: 'PT10M' },
            weekly: { kind: 'inventory', cron: '0 5 * * 1' },
          },
          blackouts: [
            { from: '03:30', to: '04:30', reason: 'batch', days: ['mon'] },
          ],
          retention: { age: 'P1D' },
        },
      },
      readable,
    );
    expect(errors).toEqual([]);
    const ofOrders = changes.filter(
      ({ databaseId }) => databaseId === 'orders',
    );
    expect(changes).toHaveLength(2 * ofOrders.length);
    expect(ofOrders.map(({ kind, sentence }) => [kind, sentence])).toEqual([
      [
        'schedule',
        "Schedule 'daily' changes: backup daily at 04:00 UTC (up to 10 minutes later), before backup daily at 02:00 UTC.",
      ],
      [
        'schedule',
        "Schedule 'hourly' is removed: backup every hour at minute 30 (suspended).",
      ],
      [
        'schedule',
        "Schedule 'weekly' is added: inventory every Monday at 05:00 UTC.",
      ],
      ['objective', 'RPO: PT5M, before PT1H.'],
      ['other', 'Blackouts: mon 03:30 to 04:30 UTC (batch), before none.'],
      [
        'retention',
        expect.stringMatching(/Before: Nothing is ever removed\.$/),
      ],
    ]);
    expect(ofOrders[0].nextRunsBefore?.slice(0, 2)).toEqual([
      '2026-11-24T02:00:00.000Z',
      '2026-11-25T02:00:00.000Z',
    ]);
    expect(ofOrders[0].nextRunsAfter).toHaveLength(10);
    expect(ofOrders[0].nextRunsAfter?.[0]).toMatch(/^2026-11-24T04:0/);
    expect(ofOrders[5].backupsRemoved).toEqual(['backup-1']);
  });

  it('says that runs move when only blackouts change', async () => {
    const { previewer, readable } = await create();
    const { changes } = await previewer.preview(
      {
        standard: {
          ...STANDARD,
          blackouts: [
            { from: '01:00', to: '03:00', reason: 'batch', days: ['tue'] },
          ],
        },
      },
      readable,
    );
    expect(changes[0]).toMatchObject({
      sentence: "Runs of schedule 'daily' move, because blackouts change.",
      nextRunsBefore: expect.arrayContaining(['2026-11-24T02:00:00.000Z']),
      nextRunsAfter: expect.arrayContaining(['2026-11-24T03:00:00.000Z']),
    });
  });

  it('names what is wrong, and what a removal would quarantine', async () => {
    const { previewer, readable } = await create();
    expect(
      await previewer.preview(
        { standard: { objectives: { rpo: 'soon' } }, new: { schedules: [] } },
        readable,
      ),
    ).toEqual({
      errors: [
        {
          path: 'databaseOps.policies.standard.objectives.rpo',
          message: expect.stringContaining('ISO 8601'),
        },
        {
          path: 'databaseOps.policies.new.schedules',
          message: expect.any(String),
        },
      ],
      changes: [],
    });
    expect(
      (await previewer.preview({ standard: null }, readable)).errors[0],
    ).toMatchObject({
      path: 'databaseOps.databases.orders.policy',
      message: expect.stringContaining("'standard' is not configured"),
    });
  });

  it('changes nothing, and shows nothing of databases the caller may not read', async () => {
    const { knex, stack, previewer } = await create();
    const before = await knex('schedule_due').select();
    const { changes } = await previewer.preview(
      { standard: {} },
      new Set(['parcels']),
    );
    expect(new Set(changes.map(({ databaseId }) => databaseId))).toEqual(
      new Set(['parcels']),
    );
    expect(await knex('schedule_due').select()).toEqual(before);
    expect(await knex('schedule_runs').select()).toEqual([]);
    expect((await stack.store.list({})).totalItems).toBe(0);
    expect(stack.databases.policies().parts().get('standard')?.value?.rpo).toBe(
      'PT1H',
    );
  });
});

describe('the list of policies', () => {
  it('shows each with where it applies and its next ten runs', async () => {
    const { views, readable } = await create();
    const [standard, ...shipped] = await views.list(readable);
    expect(standard).toMatchObject({
      name: 'standard',
      shipped: false,
      databaseIds: ['orders', 'parcels'],
      retentionSentence: 'Nothing is ever removed.',
      overriddenBy: [],
    });
    const [daily, hourly] = standard.schedules;
    expect(daily.nextRuns).toHaveLength(10);
    expect(daily.nextRuns[9]).toBe('2026-12-03T02:00:00.000Z');
    expect(hourly).toMatchObject({ suspended: true, nextRuns: [] });
    expect(shipped.map(({ name, databaseIds }) => [name, databaseIds])).toEqual(
      [
        ['postgresql-default', []],
        ['redis-default', []],
        ['kafka-default', []],
        ['zookeeper-default', []],
      ],
    );
  });

  it('tells of one database what holds there, with what it overrides', async () => {
    const own = {
      kinds: ['restore'],
      modes: ['in-place'],
      approvers: ['user:default/ann'],
    };
    const { databases: given } = testConfig().databaseOps as {
      databases: Record<string, JsonObject>;
    };
    const { views } = await create(STANDARD, {
      ...given,
      orders: { ...given.orders, overrides: { approvals: [own] } },
    });
    const [policy, ...others] = await views.ofDatabase('orders');
    expect(others).toEqual([]);
    expect(policy).toMatchObject({
      name: 'standard',
      databaseIds: ['orders'],
      overriddenBy: ['orders'],
      approvals: [own],
    });
    const [untouched] = await views.ofDatabase('parcels');
    expect(untouched.approvals).toEqual([]);
    expect(await views.ofDatabase('nowhere')).toEqual([]);
  });
});
