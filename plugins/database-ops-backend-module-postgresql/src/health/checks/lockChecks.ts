import { judge, signalOf } from 'backstage-plugin-database-ops-node';
import { formatSeconds } from '../format';
import { PrimaryCheck } from './types';

const WAIT_SECONDS = { warning: 30, critical: 300 };
const IDLE_SESSIONS = { warning: 10, critical: 50 };
const SHOWN_BLOCKERS = 3;

interface WaitRow {
  readonly waiting: number;
  readonly longest_seconds: number | null;
  /** Sessions that block others and wait for nobody, each with those behind it. */
  readonly roots: readonly {
    readonly pid: number;
    readonly user: string | null;
    readonly state: string | null;
    readonly blocked: readonly number[];
  }[];
}

/** Who waits for whom; the query's text is never read, it may hold anything. */
export const lockWaits: PrimaryCheck<WaitRow> = {
  id: 'lock-waits',
  title: 'Lock waits',
  sql: () => `
WITH RECURSIVE waiting AS (
  SELECT pid, pg_blocking_pids(pid) AS blockers,
         extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds
  FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND backend_type = 'client backend'
), edges AS (
  SELECT unnest(blockers) AS blocker, pid FROM waiting
), tree AS (
  SELECT blocker AS root, pid, ARRAY[blocker, pid] AS path FROM edges
  WHERE blocker NOT IN (SELECT pid FROM waiting)
  UNION ALL
  SELECT tree.root, edges.pid, tree.path || edges.pid FROM tree
  JOIN edges ON edges.blocker = tree.pid
  WHERE edges.pid <> ALL (tree.path)
), roots AS (
  SELECT root AS pid, array_agg(DISTINCT pid ORDER BY pid) AS blocked FROM tree GROUP BY root
)
SELECT (SELECT count(*)::int FROM waiting) AS waiting,
       (SELECT max(seconds) FROM waiting) AS longest_seconds,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
                   'pid', r.pid, 'user', a.usename, 'state', a.state, 'blocked', r.blocked)
                 ORDER BY cardinality(r.blocked) DESC)
                 FROM roots r LEFT JOIN pg_stat_activity a USING (pid)), '[]') AS roots`,
  judge: ([{ waiting, longest_seconds: longest, roots }], { member }) => {
    const seconds = Math.round(longest ?? 0);
    const blockers = roots
      .slice(0, SHOWN_BLOCKERS)
      .map(
        ({ pid, user, state, blocked }) =>
          `pid ${pid} (${user ?? 'unknown user'}, ${state ?? 'unknown state'}) blocks ${blocked.join(', ')}`,
      );
    return signalOf(judge(seconds, WAIT_SECONDS), {
      id: 'lock-waits',
      title: 'Lock waits',
      member,
      value: seconds,
      unit: 's',
      threshold: 'warning above 30 s, critical above 5 min',
      sentence:
        waiting === 0
          ? `Nobody waits for a lock on ${member}.`
          : `${waiting} ${waiting === 1 ? 'session waits' : 'sessions wait'} for a lock on ${member}, the longest for ${formatSeconds(seconds)}${blockers.length > 0 ? `: ${blockers.join('; ')}` : ''}.`,
    });
  },
};

interface StateRow {
  readonly active: number;
  readonly idle: number;
  readonly idle_in_transaction: number;
  readonly idle_long: number;
}

export const idleInTransaction: PrimaryCheck<StateRow> = {
  id: 'idle-in-transaction',
  title: 'Idle in transaction',
  sql: () => `
SELECT count(*) FILTER (WHERE state = 'active')::int AS active,
       count(*) FILTER (WHERE state = 'idle')::int AS idle,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%'
                          AND clock_timestamp() - state_change > interval '1 minute')::int AS idle_long
FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  judge: ([row], { member }) =>
    signalOf(judge(row.idle_long, IDLE_SESSIONS), {
      id: 'idle-in-transaction',
      title: 'Idle in transaction',
      member,
      value: row.idle_long,
      unit: '1',
      threshold: 'warning above 10 sessions for over 1 min, critical above 50',
      sentence: `Sessions of ${member}: ${row.active} active, ${row.idle} idle, ${row.idle_in_transaction} idle in a transaction, of these ${row.idle_long} for over a minute.`,
    }),
};
