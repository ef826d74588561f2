import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { formatSeconds } from '../format';
import { CounterRow, counterOf, measuring, rateOf } from './rates';
import { MemberCheck } from './types';

interface ConflictRow extends CounterRow {
  /** What canceled most queries since the statistics began. */
  readonly cause: string | null;
}

/** Queries on a standby that replay canceled. */
const replicationConflicts: MemberCheck<ConflictRow> = {
  id: 'replication-conflicts',
  sql: () => `
WITH causes AS (
  SELECT cause, sum(n)::float8 AS n
  FROM pg_stat_database_conflicts,
       LATERAL (VALUES ('a dropped tablespace', confl_tablespace), ('a lock', confl_lock),
                       ('removed row versions', confl_snapshot), ('a pinned buffer', confl_bufferpin),
                       ('a deadlock', confl_deadlock)) AS v (cause, n)
  GROUP BY cause
)
SELECT coalesce(sum(n), 0)::float8 AS count,
       (array_agg(cause ORDER BY n DESC) FILTER (WHERE n > 0))[1] AS cause
FROM causes`,
  counter: counterOf,
  judge: ([row], { member, limits, base }) => {
    const rate = rateOf(row, base);
    // One alone is no rate.
    const judged = rate?.telling && rate.count > 1 ? rate.perHour : 0;
    const inAll =
      row.count > 0 && row.cause
        ? ` (${row.count} in all, mostly for ${row.cause})`
        : '';
    return signalOf(limits.status('replication-conflicts', judged), {
      ...limits.facts('replication-conflicts'),
      member,
      value: rate && Math.round(rate.perHour),
      sentence: rate
        ? `Replay on ${member} canceled ${rate.count} ${rate.count === 1 ? 'query' : 'queries'} in ${formatSeconds(rate.stretchSeconds)}${inAll}${rate.note}.`
        : measuring(member),
    });
  },
};

interface ReplayRow {
  readonly paused: boolean;
}

const replayPaused: MemberCheck<ReplayRow> = {
  id: 'replay-paused',
  sql: () => `
SELECT CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused`,
  judge: ([{ paused }], { member, limits }) =>
    signalOf(paused ? 'warning' : 'ok', {
      ...limits.facts('replay-paused'),
      member,
      sentence: paused
        ? `Replay on ${member} is paused: it falls behind, and a promotion would lose time. Resume it with pg_wal_replay_resume().`
        : `${member} replays what it receives.`,
    }),
};

/** What each standby is asked. */
export const STANDBY_CHECKS: readonly MemberCheck<never>[] = [
  replicationConflicts,
  replayPaused,
];

const RANK: readonly Signal['status'][] = [
  'critical',
  'warning',
  'unknown',
  'ok',
];

/** Of the same signals of several standbys the worst of each. */
export function worstOfEach(
  ofStandbys: readonly (readonly Signal[])[],
): readonly Signal[] {
  const worst = new Map<string, Signal>();
  for (const signal of ofStandbys.flat()) {
    const known = worst.get(signal.id);
    if (!known || RANK.indexOf(signal.status) < RANK.indexOf(known.status)) {
      worst.set(signal.id, signal);
    }
  }
  return [...worst.values()];
}
