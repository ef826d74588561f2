import { judge, signalOf } from 'backstage-plugin-database-ops-node';
import { formatBytes } from '../format';
import { EarlierAnswer, PrimaryCheck } from './types';

const HOUR_SECONDS = 3600;
/** Below this many blocks a ratio says nothing. */
const TELLING_BLOCKS = 10_000;
const CACHE_HIT_PERCENT = { warning: 90, direction: 'below' } as const;
const DEADLOCKS_PER_HOUR = { warning: 10, critical: 100 };
const TEMPORARY_BYTES_PER_HOUR = { warning: 10e9, critical: 100e9 };
/** Checkpoints that are asked for by the amount of WAL mean that max_wal_size is too small. */
const REQUESTED_PERCENT = { warning: 50 };
const TELLING_CHECKPOINTS = 4;

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

export const cacheHit: PrimaryCheck<CacheRow> = {
  id: 'cache-hit',
  title: 'Cache hit ratio',
  sql: () => `
SELECT sum(blks_hit)::float8 AS hit, sum(blks_read)::float8 AS read FROM pg_stat_database`,
  judge: ([row], { member, earlier }) => {
    const hit = since(row, earlier, 'hit');
    const read = since(row, earlier, 'read');
    const blocks = (hit ?? 0) + (read ?? 0);
    const known =
      hit !== undefined && read !== undefined && blocks >= TELLING_BLOCKS;
    const percent = known ? Math.round((1000 * hit) / blocks) / 10 : undefined;
    return signalOf(
      percent === undefined ? 'ok' : judge(percent, CACHE_HIT_PERCENT),
      {
        id: 'cache-hit',
        title: 'Cache hit ratio',
        member,
        value: percent,
        unit: '%',
        threshold: 'warning below 90 % of at least 10,000 blocks',
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

export const deadlocks: PrimaryCheck<CounterRow> = {
  id: 'deadlocks',
  title: 'Deadlocks',
  sql: () => `SELECT sum(deadlocks)::float8 AS count FROM pg_stat_database`,
  judge: ([row], { member, earlier }) => {
    const found = since(row, earlier, 'count');
    const rate = perHour(row, earlier);
    return signalOf(rate === undefined ? 'ok' : judgeRare(found ?? 0, rate), {
      id: 'deadlocks',
      title: 'Deadlocks',
      member,
      value: found,
      unit: '1',
      threshold: 'warning above 1 between two checks at more than 10 an hour',
      sentence:
        found === undefined
          ? measuring(member)
          : `${member} ended ${found} deadlocks since the last check.`,
    });
  },
};

/** One alone, however short the time since the last check, is no rate. */
function judgeRare(found: number, rate: number) {
  return found > 1 ? judge(rate, DEADLOCKS_PER_HOUR) : 'ok';
}

export const temporaryFiles: PrimaryCheck<CounterRow> = {
  id: 'temporary-files',
  title: 'Temporary files',
  sql: () => `SELECT sum(temp_bytes)::float8 AS count FROM pg_stat_database`,
  judge: ([row], { member, earlier }) => {
    const rate = perHour(row, earlier);
    return signalOf(
      rate === undefined ? 'ok' : judge(rate, TEMPORARY_BYTES_PER_HOUR),
      {
        id: 'temporary-files',
        title: 'Temporary files',
        member,
        value: rate === undefined ? undefined : Math.round(rate),
        unit: 'By/h',
        threshold: 'warning above 10 GB an hour, critical above 100 GB an hour',
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

export const checkpoints: PrimaryCheck<CheckpointRow> = {
  id: 'checkpoints',
  title: 'Checkpoints',
  sql: version =>
    version >= 170000
      ? `SELECT num_timed::float8 AS timed, num_requested::float8 AS requested FROM pg_stat_checkpointer`
      : `SELECT checkpoints_timed::float8 AS timed, checkpoints_req::float8 AS requested FROM pg_stat_bgwriter`,
  judge: ([{ timed, requested }], { member }) => {
    const all = timed + requested;
    const percent = all > 0 ? Math.round((100 * requested) / all) : 0;
    return signalOf(
      all < TELLING_CHECKPOINTS * 5 ? 'ok' : judge(percent, REQUESTED_PERCENT),
      {
        id: 'checkpoints',
        title: 'Checkpoints',
        member,
        value: percent,
        unit: '%',
        threshold: 'warning above 50 % requested, of at least 20',
        sentence: `${requested} of ${all} checkpoints of ${member} were requested before their time${percent > REQUESTED_PERCENT.warning && all >= TELLING_CHECKPOINTS * 5 ? '; max_wal_size is too small for what is written' : ''}.`,
      },
    );
  },
};
