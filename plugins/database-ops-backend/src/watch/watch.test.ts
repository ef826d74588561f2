import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { DatabaseCatalog, ReadyDatabase, isReady } from '../databases/types';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { Heartbeats } from '../metrics/Heartbeats';
import { createSchedules } from '../schedule/createSchedules';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { createWatch } from './createWatch';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

const CONFIG: JsonObject = {
  operators: ['group:default/dba'],
  policies: {
    standard: {
      schedules: { hourly: { kind: 'backup', cron: '0 * * * *' } },
    },
  },
};

async function create(
  id: TestDatabaseId,
  change: (catalog: DatabaseCatalog) => DatabaseCatalog = catalog => catalog,
) {
  const knex = await databases.init(id);
  await migrate(knex);
  const clock = new TestClock('2026-11-23T10:59:00Z');
  const stack = await createTestStack({
    knex,
    clock: clock.read,
    config: CONFIG,
  });
  const parts = { ...stack, databases: change(stack.databases) };
  const schedules = createSchedules({
    ...parts,
    maintenance: new MaintenanceModes(parts),
  });
  const heartbeats = new Heartbeats({ knex, clock: clock.read });
  const watch = createWatch({ ...parts, ...schedules });
  /** All loops but some act, and the watch looks, every so often for a while. */
  async function pass(
    seconds: number,
    options: { readonly without?: readonly string[] } = {},
  ) {
    const acts = (name: string) => !options.without?.includes(name);
    for (let passed = 0; passed < seconds; passed += 15) {
      clock.advance(15);
      if (acts('schedules')) {
        await schedules.runner.tick();
        await watch.deadMan.checkWatch();
      }
      for (const component of ['dispatcher', 'health', 'reconciliation']) {
        if (acts(component)) {
          await heartbeats.beat(component);
        }
      }
      if (acts('watch')) {
        await watch.deadMan.check();
      }
    }
  }
  const signalOf = async (databaseId: string) => {
    const database = parts.databases.get(databaseId);
    return database && isReady(database)
      ? (await watch.signal.read(database, clock.read()))[0]
      : undefined;
  };
  const told = () =>
    (
      stack.notifications.send.mock.calls as unknown as readonly [
        {
          recipients: { entityRef: readonly string[] };
          payload: { title: string; description: string };
        },
      ][]
    ).map(([{ recipients, payload }]) => ({
      to: recipients.entityRef,
      title: payload.title,
      description: payload.description,
    }));
  return { knex, clock, stack, schedules, watch, pass, signalOf, told };
}

describe.each(databases.eachSupportedId())('the watch on %s', databaseId => {
  it('tells nobody anything while everything acts', async () => {
    const { pass, signalOf, told } = await create(databaseId);
    await pass(20 * 60);
    expect(told()).toEqual([]);
    expect(await signalOf('orders')).toMatchObject({
      id: 'schedule',
      status: 'ok',
      sentence: 'Every due run was decided in time.',
    });
  });

  it('notices a scheduler task that has stopped within 75 seconds, and each database it leaves', async () => {
    const { pass, signalOf, told } = await create(databaseId);
    await pass(15);
    await pass(75, { without: ['schedules'] });
    expect(told()).toMatchObject([
      {
        to: ['group:default/dba'],
        title: "The scheduler of the portal's database operations is silent",
      },
    ]);
    expect(await signalOf('orders')).toMatchObject({
      status: 'critical',
      sentence: expect.stringContaining('no schedule starts anything'),
    });
    // Due at 11:00, noticed 300 s later.
    await pass(5 * 60, { without: ['schedules'] });
    expect(told().slice(1)).toMatchObject([
      {
        to: ['group:default/team-a'],
        title: "Schedule 'hourly' of Orders is overdue",
        description: expect.stringContaining('2026-11-23T11:00:00.000Z'),
      },
    ]);
    const signal = await signalOf('orders');
    expect(signal?.value).toBeGreaterThan(300);
    // Told once, however often it is looked at; right again when it acts again.
    const before = told().length;
    await pass(120, { without: ['schedules'] });
    expect(told()).toHaveLength(before);
    await pass(30);
    expect(await signalOf('orders')).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['dispatcher', 75, 'The dispatcher'],
    ['health', 75, 'The health loop'],
    ['reconciliation', 675, 'Reconciliation'],
  ])(
    'notices that the %s has stopped within %d seconds',
    async (component, seconds, name) => {
      const { pass, told } = await create(databaseId);
      await pass(30);
      await pass(seconds - 30, { without: [component] });
      expect(told()).toEqual([]);
      await pass(45, { without: [component] });
      expect(told()).toMatchObject([
        { title: `${name} of the portal's database operations is silent` },
      ]);
    },
  );

  it('is watched by the scheduler in turn', async () => {
    const { pass, told } = await create(databaseId);
    await pass(30);
    await pass(75, { without: ['watch'] });
    expect(told()).toMatchObject([
      {
        title:
          "The watch over schedules of the portal's database operations is silent",
      },
    ]);
  });

  it('notices a database whose cron is broken, and only that one', async () => {
    const broken = (catalog: DatabaseCatalog): DatabaseCatalog => {
      const spoil = (database: ReadyDatabase): ReadyDatabase => ({
        ...database,
        policy: database.policy && {
          ...database.policy,
          schedules: database.policy.schedules.map(schedule => ({
            ...schedule,
            cron: 'every hour or so',
          })),
        },
      });
      const all = () =>
        catalog
          .list()
          .map(database =>
            database.id === 'orders' && isReady(database)
              ? spoil(database)
              : database,
          );
      return { list: all, get: id => all().find(item => item.id === id) };
    };
    const { pass, signalOf, told, stack } = await create(databaseId, broken);
    await pass(5 * 60);
    expect(told()).toMatchObject([
      {
        title: "Schedule 'hourly' of Orders is overdue",
        description: expect.stringContaining('cannot be followed'),
      },
    ]);
    expect((await signalOf('orders'))?.status).toBe('critical');
    expect((await signalOf('parcels'))?.status).toBe('ok');
    expect((await stack.store.list({ databaseId: 'parcels' })).totalItems).toBe(
      1,
    );
  });

  it('does not mistake what rightly waits, nor the time before the portal started', async () => {
    const { knex, pass, told, stack, clock, schedules } =
      await create(databaseId);
    await stack.service.request(
      { databaseId: 'orders', kind: 'backup' },
      { requestedBy: 'user:default/owner', idempotencyKey: 'long' },
    );
    await pass(30 * 60);
    expect(told()).toEqual([]);
    // Everything is silent for a day, then a portal starts.
    clock.advance(86_400);
    const restarted = createWatch({ ...stack, ...schedules });
    await restarted.deadMan.check();
    expect(told()).toEqual([]);
    expect(await knex('announced').select()).toEqual([]);
  });
});

// A lock of another session is a matter of PostgreSQL: SQLite has but one writer.
describe.each(
  databases.eachSupportedId().filter(([id]) => id.startsWith('POSTGRES')),
)('the watch on %s', databaseId => {
  it('notices a schedule whose row another session holds, while others run', async () => {
    const { knex, stack, schedules, pass, signalOf, told } =
      await create(databaseId);
    await pass(15);
    const session = await knex.transaction();
    await session('schedule_due')
      .where({ database_id: 'orders' })
      .forUpdate()
      .select();
    await pass(30 + 15);
    // The lock is waited for, for a few seconds only; then others have their turn.
    expect((await stack.store.list({ databaseId: 'parcels' })).totalItems).toBe(
      1,
    );
    await pass(5 * 60 + 15, { without: ['schedules'] });
    expect(told().map(({ title }) => title)).toContain(
      "Schedule 'hourly' of Orders is overdue",
    );
    expect((await signalOf('orders'))?.status).toBe('critical');
    await session.rollback();
    await schedules.runner.tick();
    expect((await stack.store.list({ databaseId: 'orders' })).totalItems).toBe(
      1,
    );
  });
});
