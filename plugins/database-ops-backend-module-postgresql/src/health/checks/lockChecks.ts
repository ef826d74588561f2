import { JsonObject } from '@backstage/types';
import { signalOf, thresholdSignal } from 'backstage-plugin-database-ops-node';
import { formatSeconds } from '../format';
import { MemberCheck } from './types';

const SHOWN_BLOCKERS = 3;

/** A session that waits for a lock or holds one that others wait for. */
interface LockingSession extends JsonObject {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string | null;
  readonly database: string | null;
  readonly state: string | null;
  /** Null for one that waits for nobody. */
  readonly waitSeconds: number | null;
  readonly blockedBy: number[];
}

interface WaitRow {
  readonly sessions: readonly LockingSession[];
}

/** Who waits for whom; the query's text is never read, it may hold anything. Pid 0 is a prepared transaction. */
export const lockWaits: MemberCheck<WaitRow> = {
  id: 'lock-waits',
  sql: () => `
WITH waiting AS (
  SELECT pid, pg_blocking_pids(pid) AS blockers,
         extract(epoch FROM clock_timestamp() - state_change)::float8 AS seconds
  FROM pg_stat_activity
  WHERE wait_event_type = 'Lock' AND backend_type = 'client backend'
), involved AS (
  SELECT pid FROM waiting UNION SELECT unnest(blockers) FROM waiting
)
SELECT coalesce(jsonb_agg(jsonb_build_object(
         'pid', i.pid, 'user', a.usename, 'application', a.application_name, 'database', a.datname,
         'state', a.state, 'waitSeconds', w.seconds, 'blockedBy', coalesce(w.blockers, '{}'))
         ORDER BY w.seconds DESC NULLS LAST, i.pid), '[]') AS sessions
FROM involved i LEFT JOIN waiting w USING (pid) LEFT JOIN pg_stat_activity a USING (pid)`,
  judge: ([{ sessions }], { member, limits }) => {
    const waiting = sessions.filter(({ blockedBy }) => blockedBy.length > 0);
    const seconds = Math.round(
      Math.max(0, ...waiting.map(({ waitSeconds }) => waitSeconds ?? 0)),
    );
    const roots = sessions
      .filter(({ blockedBy }) => blockedBy.length === 0)
      .map(root => ({ root, size: behind(root.pid, waiting).size }))
      .sort((a, b) => b.size - a.size);
    const trees = roots
      .slice(0, SHOWN_BLOCKERS)
      .map(({ root }) => `${nameOf(root)} blocks ${treeOf(root.pid, waiting)}`);
    return thresholdSignal(
      {
        ...limits.facts('lock-waits'),
        member,
        value: seconds,
        sentence:
          waiting.length === 0
            ? `Nobody waits for a lock on ${member}.`
            : `${waiting.length} ${waiting.length === 1 ? 'session waits' : 'sessions wait'} for a lock on ${member}, the longest for ${formatSeconds(seconds)}${trees.length > 0 ? `: ${trees.join('; ')}` : ''}${roots.length > trees.length ? `; and ${roots.length - trees.length} more block others` : ''}.`,
        details: { sessions: [...sessions] },
      },
      limits.bounds('lock-waits'),
    );
  },
};

function nameOf({ pid, user, state }: LockingSession): string {
  return pid === 0
    ? 'a prepared transaction'
    : `pid ${pid} (${user ?? 'unknown user'}, ${state ?? 'unknown state'})`;
}

/** Everyone that waits for a session, for those that wait for it, and so on. */
function behind(
  pid: number,
  waiting: readonly LockingSession[],
  seen: Set<number> = new Set(),
): Set<number> {
  for (const session of waiting) {
    if (session.blockedBy.includes(pid) && !seen.has(session.pid)) {
      seen.add(session.pid);
      behind(session.pid, waiting, seen);
    }
  }
  return seen;
}

/** For example `12 (which blocks 14, 15), 13`; each session stands once, however many it waits for. */
function treeOf(
  pid: number,
  waiting: readonly LockingSession[],
  shown: Set<number> = new Set([pid]),
): string {
  return waiting
    .filter(({ pid: other, blockedBy }) => {
      const isNext = blockedBy.includes(pid) && !shown.has(other);
      return isNext && shown.add(other);
    })
    .map(({ pid: other }) => {
      const further = treeOf(other, waiting, shown);
      return further ? `${other} (which blocks ${further})` : `${other}`;
    })
    .join(', ');
}

interface StateRow {
  readonly active: number;
  readonly idle: number;
  readonly idle_in_transaction: number;
  readonly idle_long: number;
}

export const idleInTransaction: MemberCheck<StateRow> = {
  id: 'idle-in-transaction',
  sql: () => `
SELECT count(*) FILTER (WHERE state = 'active')::int AS active,
       count(*) FILTER (WHERE state = 'idle')::int AS idle,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%'
                          AND clock_timestamp() - state_change > interval '1 minute')::int AS idle_long
FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  judge: ([row], { member, limits }) =>
    signalOf(limits.status('idle-in-transaction', row.idle_long), {
      ...limits.facts('idle-in-transaction'),
      member,
      value: row.idle_long,
      sentence: `Sessions of ${member}: ${row.active} active, ${row.idle} idle, ${row.idle_in_transaction} idle in a transaction, of these ${row.idle_long} for over a minute.`,
    }),
};
