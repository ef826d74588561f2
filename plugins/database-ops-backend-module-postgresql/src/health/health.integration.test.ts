import { setTimeout as sleep } from 'node:timers/promises';
import { mockServices } from '@backstage/backend-test-utils';
import {
  DatabaseObserver,
  HealthFindings,
  healthStatusOf,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { engine } from '../engine';
import { SIGNAL_IDS } from './definitions';
import { fleetTarget, withAdmin } from '../__testUtils__/fleetDatabase';
import { withMember } from '../__testUtils__/memberSession';

jest.setTimeout(300_000);

describe('health of a real PostgreSQL', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let observer: DatabaseObserver;
  const logger = mockServices.logger.mock();

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    fleet = loan.fleet;
    const { database } = await fleetTarget(fleet);
    observer = engine.observe.createObserver(database);
  });

  afterAll(async () => {
    await observer?.close();
    await loan?.giveBack();
  });

  async function check(of = observer) {
    const findings = await of.checkHealth({
      logger,
      signal: AbortSignal.timeout(10_000),
    });
    return { ...findings, ...healthStatusOf(findings.signals) };
  }

  async function onStandby(sql: string) {
    await withMember(
      fleet,
      { member: 'fleet-pg-2', role: 'dbops_admin' },
      client => client.query(sql),
    );
  }

  async function until(
    wanted: (
      found: HealthFindings & ReturnType<typeof healthStatusOf>,
    ) => boolean,
  ) {
    const end = Date.now() + 60_000;
    let found = await check();
    while (!wanted(found) && Date.now() < end) {
      await sleep(500);
      found = await check();
    }
    return found;
  }

  function signalsOf({ signals }: HealthFindings) {
    return Object.fromEntries(signals.map(signal => [signal.id, signal]));
  }

  it('finds every signal ok and names the version', async () => {
    const found = await until(({ status }) => status === 'healthy');
    expect(found.signals.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(found.engineVersion).toMatch(/^PostgreSQL \d+\.\d+/);
    const given = Object.keys(signalsOf(found))
      .map(id => id.replace(/^reachable\..*/, 'reachable'))
      .filter(id => !id.startsWith('timescaledb-'));
    expect([...new Set(given)].sort()).toEqual(
      SIGNAL_IDS.filter(id => !id.startsWith('timescaledb-')).sort(),
    );
  });

  it('says who is connected and what follows it, for who is about to replace it', async () => {
    const { database } = await fleetTarget(fleet);
    await withAdmin(fleet, async client => {
      await client.query(`SET application_name = 'orders-api'`);
      const facts = await engine.observe.blastRadius!(database, {
        logger,
        signal: AbortSignal.timeout(10_000),
      });
      const byId = Object.fromEntries(facts.map(fact => [fact.id, fact]));
      expect(byId['active-connections']).toMatchObject({
        status: 'warning',
        member: 'fleet-pg-1',
        sentence: expect.stringContaining('orders-api as '),
      });
      expect(byId.standbys.sentence).toMatch(/^1 standby follows: .+\.$/);
      expect(byId['logical-consumers'].status).toBe('ok');
      expect(byId.subscriptions.status).toBe('ok');
    });
  });

  it('is degraded and names the standby and its waiting WAL while it is away', async () => {
    await fleet.member('fleet-pg-2').stop();
    await withAdmin(fleet, client =>
      client.query(
        `CREATE TABLE public.waiting AS SELECT md5(n::text) AS body FROM generate_series(1, 20000) AS n`,
      ),
    );
    const found = await check();
    expect(found.status).toBe('degraded');
    expect(found.sentence).toMatch(
      /^Standby fleet-pg-2 is not streaming; [\d.]+ MB of WAL waits in its slot\.$/,
    );
    const signals = signalsOf(found);
    expect(signals['reachable.fleet-pg-2']).toMatchObject({
      status: 'critical',
      member: 'fleet-pg-2',
    });
    expect(signals['replication-lag-seconds'].status).toBe('unknown');
    expect(signals['replication-lag-seconds'].value).toBeUndefined();
    expect(signals.slots.status).toBe('warning');

    await fleet.member('fleet-pg-2').start();
    expect((await until(({ status }) => status === 'healthy')).status).toBe(
      'healthy',
    );
    await withAdmin(fleet, client => client.query('DROP TABLE public.waiting'));
  });

  it('says unknown with the reason, never down, when its password is wrong', async () => {
    const { database } = await fleetTarget(fleet, { password: 'wrong' });
    const stranger = engine.observe.createObserver(database);
    const found = await check(stranger);
    await stranger.close();
    expect(found.status).toBe('unknown');
    expect(found.sentence).toContain(
      "did not accept the monitoring user 'dbops_monitor'",
    );
    expect(new Set(found.signals.map(({ status }) => status))).toEqual(
      new Set(['unknown']),
    );
  });

  it('names a long transaction without its query', async () => {
    await withAdmin(fleet, async client => {
      await client.query('BEGIN');
      await client.query("SELECT 'a secret text'");
      const signal = signalsOf(await check())['longest-transaction'];
      expect(signal.sentence).toMatch(/pid \d+, user dbops_admin, idle in/);
      expect(signal.sentence).not.toContain('secret text');
      await client.query('ROLLBACK');
    });
  });

  it('says who blocks whom, in words and as data, reads no query, and is not blocked itself', async () => {
    await withAdmin(fleet, async holder => {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE app.canary IN ACCESS EXCLUSIVE MODE');
      await withAdmin(fleet, async waiter => {
        const waiting = waiter.query("SELECT 'a secret text' FROM app.canary");
        const found = await until(
          ({ signals }) =>
            signals.find(({ id }) => id === 'lock-waits')?.sentence !==
            'Nobody waits for a lock on fleet-pg-1.',
        );
        const signals = signalsOf(found);
        expect(signals['lock-waits'].sentence).toMatch(
          /^\d+ sessions? waits? for a lock on fleet-pg-1, the longest for .* s: pid \d+ \(dbops_admin, idle in transaction\) blocks \d+/,
        );
        expect(JSON.stringify(signals['lock-waits'])).not.toContain(
          'secret text',
        );
        expect(signals['lock-waits'].details?.sessions).toEqual(
          expect.arrayContaining([
            expect.objectContaining({
              user: 'dbops_admin',
              state: 'idle in transaction',
              blockedBy: [],
            }),
            expect.objectContaining({ blockedBy: [expect.any(Number)] }),
          ]),
        );
        expect(
          found.signals.filter(({ status }) => status === 'unknown'),
        ).toEqual([]);
        await holder.query('ROLLBACK');
        await waiting;
      });
    });
  });

  it('names a setting that was changed, with both values, and one that waits for a restart', async () => {
    await check();
    await withAdmin(fleet, async client => {
      await client.query("ALTER SYSTEM SET work_mem = '8MB'");
      await client.query('ALTER SYSTEM SET max_locks_per_transaction = 128');
      await client.query('SELECT pg_reload_conf()');
    });
    try {
      const found = await until(({ signals }) =>
        signals.some(
          ({ id, status }) => id === 'pending-restart' && status === 'warning',
        ),
      );
      const signals = signalsOf(found);
      expect(signals['pending-restart'].sentence).toBe(
        'fleet-pg-1 needs a restart for max_locks_per_transaction.',
      );
      expect(signals.configuration.sentence).toMatch(
        /^fleet-pg-1 changed .*work_mem from 4096 to 8192/,
      );
    } finally {
      await withAdmin(fleet, async client => {
        await client.query('ALTER SYSTEM RESET work_mem');
        await client.query('ALTER SYSTEM RESET max_locks_per_transaction');
        await client.query('SELECT pg_reload_conf()');
      });
    }
  });

  it('says that replay of a standby is paused, and by its own threshold how full connections are', async () => {
    const { database } = await fleetTarget(fleet, {
      thresholds: { connections: { warning: 0, critical: 1 } },
    });
    const strict = engine.observe.createObserver(database);
    await onStandby('SELECT pg_wal_replay_pause()');
    try {
      const signals = signalsOf(await check(strict));
      expect(signals['replay-paused']).toMatchObject({
        status: 'warning',
        member: 'fleet-pg-2',
      });
      expect(signals.connections).toMatchObject({
        status: 'critical',
        threshold: 'warning above 0 %, critical above 1 %',
        details: { states: { active: expect.any(Number) } },
      });
    } finally {
      await onStandby('SELECT pg_wal_replay_resume()');
      await strict.close();
    }
  });

  it('is down while the primary is away, and healthy after it came back', async () => {
    await fleet.member('fleet-pg-1').stop();
    const found = await check();
    expect(found.status).toBe('down');
    expect(found.sentence).toMatch(
      /^fleet-pg-1 refuses connections on .*; no other member takes writes \(fleet-pg-2 is a standby\)/,
    );
    expect(signalsOf(found).archiver.status).toBe('unknown');

    await fleet.member('fleet-pg-1').start();
    expect((await until(({ status }) => status === 'healthy')).status).toBe(
      'healthy',
    );
  });

  it('archives a commit after a start within archive_timeout', async () => {
    const { rows } = await withAdmin(fleet, async client => {
      await client.query('CREATE TABLE public.after_start ()');
      return client.query<{ name: string; timeout: number }>(
        "SELECT pg_walfile_name(pg_current_wal_lsn()) AS name, (SELECT setting::int FROM pg_settings WHERE name = 'archive_timeout') AS timeout",
      );
    });
    const startedAt = Date.now();
    await until(found =>
      signalsOf(found)['archive-age'].sentence.includes(rows[0].name),
    );
    expect(Date.now() - startedAt).toBeLessThan((rows[0].timeout + 15) * 1000);
  });
});
