import { signalOf } from 'backstage-plugin-database-ops-node';
import { formatBytes } from '../format';
import { EarlierAnswer, MemberCheck } from './types';

const HOUR_SECONDS = 3600;
/** Below this many blocks a ratio says nothing. */
const TELLING_BLOCKS = 10_000;
/** The first ones after a start are often requested. */
const TELLING_CHECKPOINTS = 20;

/** Counters only rise, unless somebody reset them: then nothing can be said until the next check. */
function since<TRow>(
  now: TRow,
  earlier: EarlierAnswer<TRow> | undefined,
  counter: keyof TRow,
): number | undefined {
  const before = earlier?.rows[0]?.[counter];
  const difference = Number(now[counter]) - Number(before);
  return before !== undefined && difference >= 0 ? difference : undefined;
}

const measuring = (member: string) =>
  `Measured from the second check of ${member} on.`;

interface CacheRow {
  readonly hit: number;
  readonly read: number;
}

function cacheSentence(
  member: string,
  facts: {
    readonly percent?: number;
    readonly blocks: number;
    readonly first: boolean;
  },
): string {
  const { percent, blocks, first } = facts;
  if (first) {
    return measuring(member);
  }
  return percent === undefined
    ? `${member} read ${blocks} blocks since the last check, too few for a ratio.`
    : `${percent} % of the ${blocks} blocks that ${member} read since the last check were in its cache.`;
}

export const cacheHit: MemberCheck<CacheRow> = {
  id: 'cache-hit',
  sql: () => `
SELECT sum(blks_hit)::float8 AS hit, sum(blks_read)::float8 AS read FROM pg_stat_database`,
  judge: ([row], { member, limits, earlier }) => {
    const hit = since(row, earlier, 'hit');
    const read = since(row, earlier, 'read');
    const blocks = (hit ?? 0) + (read ?? 0);
    const known =
      hit !== undefined && read !== undefined && blocks >= TELLING_BLOCKS;
    const percent = known ? Math.round((1000 * hit) / blocks) / 10 : undefined;
    return signalOf(
      percent === undefined ? 'ok' : limits.status('cache-hit', percent),
      {
        ...limits.facts('cache-hit'),
        member,
        value: percent,
        sentence: cacheSentence(member, { percent, blocks, first: !earlier }),
      },
    );
  },
};

interface CounterRow {
  readonly count: number;
}

function perHour(
  row: CounterRow,
  earlier: EarlierAnswer<CounterRow> | undefined,
): number | undefined {
  const count = since(row, earlier, 'count');
  return count === undefined || !earlier
    ? undefined
    : (count * HOUR_SECONDS) / Math.max(earlier.ageSeconds, 1);
}

export const deadlocks: MemberCheck<CounterRow> = {
  id: 'deadlocks',
  sql: () => `SELECT sum(deadlocks)::float8 AS count FROM pg_stat_database`,
  judge: ([row], { member, limits, earlier }) => {
    const found = since(row, earlier, 'count');
    const rate = perHour(row, earlier);
    // One alone, however short the time since the last check, is no rate.
    const judged = found !== undefined && found > 1 ? (rate ?? 0) : 0;
    return signalOf(limits.status('deadlocks', judged), {
      ...limits.facts('deadlocks'),
      member,
      value: rate === undefined ? undefined : Math.round(rate),
      sentence:
        found === undefined
          ? measuring(member)
          : `${member} ended ${found} deadlocks since the last check.`,
    });
  },
};

export const temporaryFiles: MemberCheck<CounterRow> = {
  id: 'temporary-files',
  sql: () => `SELECT sum(temp_bytes)::float8 AS count FROM pg_stat_database`,
  judge: ([row], { member, limits, earlier }) => {
    const rate = perHour(row, earlier);
    return signalOf(
      rate === undefined ? 'ok' : limits.status('temporary-files', rate),
      {
        ...limits.facts('temporary-files'),
        member,
        value: rate === undefined ? undefined : Math.round(rate),
        sentence:
          rate === undefined
            ? measuring(member)
            : `Queries on ${member} spill ${formatBytes(rate)} an hour to temporary files.`,
      },
    );
  },
};

interface CheckpointRow {
  readonly timed: number;
  readonly requested: number;
}

export const checkpoints: MemberCheck<CheckpointRow> = {
  id: 'checkpoints',
  sql: ({ versionNumber }) =>
    versionNumber >= 170000
      ? `SELECT num_timed::float8 AS timed, num_requested::float8 AS requested FROM pg_stat_checkpointer`
      : `SELECT checkpoints_timed::float8 AS timed, checkpoints_req::float8 AS requested FROM pg_stat_bgwriter`,
  judge: ([{ timed, requested }], { member, limits }) => {
    const all = timed + requested;
    const percent = all > 0 ? Math.round((100 * requested) / all) : 0;
    const status =
      all < TELLING_CHECKPOINTS ? 'ok' : limits.status('checkpoints', percent);
    return signalOf(status, {
      ...limits.facts('checkpoints'),
      member,
      value: percent,
      sentence: `${requested} of ${all} checkpoints of ${member} were requested before their time${status === 'ok' ? '' : '; max_wal_size is too small for what is written'}.`,
    });
  },
};
