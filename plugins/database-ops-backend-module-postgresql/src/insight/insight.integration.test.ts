import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import { mockServices } from '@backstage/backend-test-utils';
import { Session } from 'backstage-plugin-database-ops-common';
import { OperateTarget } from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { fleetTarget, withAdmin } from '../__testUtils__/fleetDatabase';

jest.setTimeout(120_000);

const insight = engine.observe.insight!;
const BARE = 'upkeep_bare';

describe('what a real PostgreSQL runs', () => {
  const context = {
    logger: mockServices.logger.mock(),
    signal: new AbortController().signal,
  };
  const clients: Client[] = [];
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    await withAdmin(fleet, async client => {
      await client.query(`DROP DATABASE IF EXISTS ${BARE}`);
      await client.query(`CREATE DATABASE ${BARE}`);
      await client.query('DROP TABLE IF EXISTS app.held');
      await client.query('SET ROLE dbops_load');
      await client.query('CREATE TABLE app.held (id integer)');
    });
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map(client => client.end()));
  });

  afterAll(async () => {
    await withAdmin(fleet, async client => {
      await client.query(`DROP DATABASE ${BARE}`);
      await client.query('DROP TABLE app.held');
    });
    await loan?.giveBack();
  });

  async function connect(
    role: 'dbops_load' | 'dbops_admin' | 'dbops_monitor',
    member: 'fleet-pg-1' | 'fleet-pg-2' = 'fleet-pg-1',
  ): Promise<Client> {
    const client = new Client({
      host: '127.0.0.1',
      port: await fleet.context.port(member),
      database: 'app',
      user: role,
      password: await fleet.context.secret(`pg-${role}`),
      ssl: { ca: await readFile(fleet.context.caFile, 'utf8') },
      application_name: `test of ${role}`,
    });
    await client.connect();
    clients.push(client);
    return client;
  }

  async function configured(override: JsonObject) {
    return (await fleetTarget(fleet, override)).database;
  }

  function errorOf(work: Promise<unknown>): Promise<unknown> {
    return work.then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** The session that a condition finds, once it is there. */
  async function sessionOf(
    condition: (session: Session) => boolean,
  ): Promise<Session> {
    const until = performance.now() + 10_000;
    while (performance.now() < until) {
      const { items } = await insight.sessions(target.database, context);
      const found = items.find(condition);
      if (found) {
        return found;
      }
      await sleep(100);
    }
    throw new Error('no session was found that the test waits for');
  }

  const cancel = (
    session: Pick<Session, 'sessionId' | 'startedAt'>,
    database = target.database,
  ) => insight.cancelSession(database, session, context);

  it('gives statements by total time with placeholders for their values, and since when they are counted', async () => {
    const client = await connect('dbops_load');
    await client.query(
      "SELECT pg_sleep(0.3), 'told-to-nobody' AS upkeep_marker",
    );
    const list = await insight.statements(
      target.database,
      { limit: 100 },
      context,
    );
    expect(list.state).toBe('available');
    expect(Date.parse(list.since ?? '')).toBeLessThan(Date.now());
    const statement = list.items.find(({ text }) =>
      text.includes('upkeep_marker'),
    );
    expect(statement).toMatchObject({
      text: 'SELECT pg_sleep($1), $2 AS upkeep_marker',
      username: 'dbops_load',
      databaseName: 'app',
    });
    expect(statement?.totalMilliseconds).toBeGreaterThan(290);
    expect(JSON.stringify(list)).not.toContain('told-to-nobody');
    const totals = list.items.map(({ totalMilliseconds }) => totalMilliseconds);
    expect(totals).toEqual([...totals].sort((a, b) => b - a));
  });

  it('says how to get the extension where it is missing', async () => {
    const list = await insight.statements(
      await configured({ database: BARE }),
      { limit: 5 },
      context,
    );
    expect(list).toMatchObject({ state: 'unavailable', items: [] });
    expect(list.sentence).toContain('CREATE EXTENSION pg_stat_statements');
  });

  it('shows who waits for whom, cancels exactly the statement that was seen, and leaves the one that holds', async () => {
    const holder = await connect('dbops_load');
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE app.held');
    const waiter = await connect('dbops_load');
    const waiting = errorOf(
      waiter.query("SELECT count(*), 'told-to-nobody' FROM app.held"),
    );
    const seen = await sessionOf(({ blockedBy }) => blockedBy.length > 0);
    expect(seen).toMatchObject({
      member: 'fleet-pg-1',
      username: 'dbops_load',
      waitEvent: 'Lock: relation',
      cancellable: true,
    });
    const { items } = await insight.sessions(target.database, context);
    const [first] = items;
    expect(seen.blockedBy).toEqual([first.sessionId]);
    expect(first).toMatchObject({
      state: 'idle in transaction',
      cancellable: false,
    });
    expect(JSON.stringify(items)).not.toContain('told-to-nobody');

    expect(
      await errorOf(
        cancel({ ...seen, startedAt: '2026-01-01T00:00:00.000000Z' }),
      ),
    ).toMatchObject({ name: 'ConflictError' });
    expect(
      await errorOf(
        cancel({
          ...seen,
          sessionId: seen.sessionId.replace(
            /\d$/,
            d => `${(Number(d) + 1) % 10}`,
          ),
        }),
      ),
    ).toMatchObject({ name: 'NotFoundError' });
    expect(await errorOf(cancel(first))).toMatchObject({
      name: 'NotAllowedError',
    });
    expect(await cancel(seen)).toMatchObject({ outcome: 'cancelled' });
    expect(await waiting).toMatchObject({ code: '57014' });
    // Its session lives on.
    expect((await waiter.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await holder.query('ROLLBACK');
  });

  it.each(['dbops_admin', 'dbops_monitor'] as const)(
    'refuses to cancel what %s runs, with the reason',
    async role => {
      const client = await connect(role);
      const running = errorOf(client.query('SELECT pg_sleep(20)'));
      const seen = await sessionOf(
        ({ application }) => application === `test of ${role}`,
      );
      expect(seen.cancellable).toBe(false);
      expect(await errorOf(cancel(seen))).toMatchObject({
        name: 'NotAllowedError',
        message: expect.stringContaining(role),
      });
      await withAdmin(fleet, admin =>
        admin.query(
          'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
          [`test of ${role}`],
        ),
      );
      expect(await running).toMatchObject({ code: '57014' });
    },
  );

  it('names the grant when the role may not cancel', async () => {
    const { maintenance: _none, ...config } = target.database.config;
    const client = await connect('dbops_load');
    const running = errorOf(client.query('SELECT pg_sleep(20)'));
    const seen = await sessionOf(
      ({ application }) => application === 'test of dbops_load',
    );
    expect(
      await errorOf(cancel(seen, { ...target.database, config })),
    ).toMatchObject({
      name: 'NotAllowedError',
      message: expect.stringContaining(
        'GRANT pg_signal_backend TO dbops_monitor',
      ),
    });
    await cancel(seen);
    expect(await running).toMatchObject({ code: '57014' });
  });

  it('sees and cancels on a standby too', async () => {
    const client = await connect('dbops_load', 'fleet-pg-2');
    const running = errorOf(client.query('SELECT pg_sleep(20)'));
    const seen = await sessionOf(({ member }) => member === 'fleet-pg-2');
    expect(await cancel(seen)).toMatchObject({ outcome: 'cancelled' });
    expect(await running).toMatchObject({ code: '57014' });
  });

  it('says why nothing is seen where the role may not look', async () => {
    const database = await configured({
      username: 'dbops_load',
      password: await fleet.context.secret('pg-dbops_load'),
    });
    const sessions = await insight.sessions(database, context);
    expect(sessions).toMatchObject({ state: 'unavailable', items: [] });
    expect(sessions.sentence).toContain('GRANT pg_monitor TO dbops_load');
    const statements = await insight.statements(
      database,
      { limit: 5 },
      context,
    );
    expect(statements.sentence).toContain('GRANT pg_monitor TO dbops_load');
  });
});
