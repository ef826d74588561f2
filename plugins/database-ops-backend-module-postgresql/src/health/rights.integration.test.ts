import { mockServices } from '@backstage/backend-test-utils';
import {
  DatabaseObserver,
  healthStatusOf,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { fleetTarget, withAdmin } from '../__testUtils__/fleetDatabase';
import { withMember } from '../__testUtils__/memberSession';
import { engine } from '../engine';
import { PRIMARY_CHECKS } from './checks/primaryChecks';
import { STANDBY_CHECKS } from './checks/standbyChecks';
import { SETTINGS, TIMELINE } from './history/ChangeWatch';
import * as queries from './queries';
import { WAL_FOLDER } from './WalBacklog';

jest.setTimeout(300_000);

const MEMBERS = ['fleet-pg-1', 'fleet-pg-2'];
const monitor = (member: string) =>
  ({ member, role: 'dbops_monitor' }) as const;

/**
 * Catalogs that some view of the statistics, or any statement whatsoever, reads
 * at each execution: while one of these is locked, signals are unknown. Every
 * other one may be.
 */
const NEEDED_CATALOGS = [
  'pg_authid',
  'pg_cast',
  'pg_class',
  'pg_constraint',
  'pg_database',
  'pg_extension',
  'pg_index',
  'pg_namespace',
  'pg_opclass',
  'pg_operator',
];

const TABLES = `
SELECT format('%I.%I', n.nspname, c.relname) AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_t%'
  AND NOT (n.nspname = 'pg_catalog' AND c.relname = ANY ($1))
ORDER BY 1`;

/** Locks that a query leaves on anything but catalogs. */
const LOCKED_BY_ME = `
SELECT l.relation::regclass::text AS name
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = pg_backend_pid() AND n.nspname NOT IN ('pg_catalog', 'pg_toast')`;

/** Everything that health puts to a server, less the canary's row. */
const EVERY_QUERY = [
  ...Object.values(queries),
  ...[...PRIMARY_CHECKS, ...STANDBY_CHECKS].flatMap(
    ({ sql }) => sql({ versionNumber: 150_000, has: () => true }) ?? [],
  ),
  SETTINGS,
  TIMELINE,
  WAL_FOLDER,
];

describe('what health asks of a real PostgreSQL', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let observer: DatabaseObserver;

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

  async function check() {
    const { signals } = await observer.checkHealth({
      logger: mockServices.logger.mock(),
      signal: AbortSignal.timeout(10_000),
    });
    return signals;
  }

  async function whileLocked<T>(
    tables: readonly string[],
    use: () => Promise<T>,
  ): Promise<T> {
    return withAdmin(fleet, async holder => {
      await holder.query('BEGIN');
      await holder.query(
        `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`,
      );
      try {
        return await use();
      } finally {
        await holder.query('ROLLBACK');
      }
    });
  }

  it('needs the rights of pg_monitor and no other', async () => {
    const { rows } = await withMember(fleet, monitor('fleet-pg-1'), client =>
      client.query<{ super: boolean; roles: string[] }>(
        `SELECT rolsuper AS super,
                (SELECT array_agg(g.rolname::text) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                 WHERE m.member = r.oid) AS roles
         FROM pg_roles r WHERE rolname = current_user`,
      ),
    );
    expect(rows).toEqual([{ super: false, roles: ['pg_monitor'] }]);
  });

  it.each(MEMBERS)(
    'is answered by %s, primary or standby, and opens no table',
    async member => {
      await withMember(fleet, monitor(member), async client => {
        for (const sql of EVERY_QUERY) {
          await client.query('BEGIN');
          await client.query(sql);
          const { rows } = await client.query(LOCKED_BY_ME);
          await client.query('COMMIT');
          expect({ sql, locked: rows }).toEqual({ sql, locked: [] });
        }
      });
    },
  );

  it('is answered while every table and every other catalog is locked; only the row it would write has to wait', async () => {
    await check();
    const tables = await withAdmin(fleet, async client => {
      const { rows } = await client.query<{ name: string }>(TABLES, [
        NEEDED_CATALOGS,
      ]);
      return rows.map(({ name }) => name);
    });
    expect(tables).toEqual(
      expect.arrayContaining(['app.events', 'pg_catalog.pg_statistic']),
    );
    expect(tables.length).toBeGreaterThan(50);
    const startedAt = performance.now();
    const signals = await whileLocked(tables, check);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    // The canary's row has to wait when one is due just then.
    const unknown = signals.filter(({ status }) => status === 'unknown');
    expect(unknown.filter(({ id }) => id !== 'canary')).toEqual([]);
  });

  it('ends in its time, and calls nothing down, while a catalog is locked that any statement reads', async () => {
    await check();
    const startedAt = performance.now();
    const signals = await whileLocked(['pg_catalog.pg_class'], check);
    // Its time, and what the portal adds for handing over what was found so far.
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    expect(signals.filter(({ down }) => down)).toEqual([]);
    expect(['degraded', 'unknown']).toContain(healthStatusOf(signals).status);
    expect(
      signals.filter(({ status }) => status === 'unknown').length,
    ).toBeGreaterThan(5);
  });
});
