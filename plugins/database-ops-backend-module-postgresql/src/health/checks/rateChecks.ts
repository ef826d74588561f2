import { signalOf } from 'backstage-plugin-database-ops-node';
import { formatBytes, formatSeconds } from '../format';
import { CounterRow, counterOf, measuring, rateOf, since } from './rates';
import { MemberCheck } from './types';

/** Below this many blocks a ratio says nothing. */
const TELLING_BLOCKS = 10_000;
/** The first ones after a start are often requested. */
const TELLING_CHECKPOINTS = 20;

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

export const deadlocks: MemberCheck<CounterRow> = {
  id: 'deadlocks',
  sql: () => `SELECT sum(deadlocks)::float8 AS count FROM pg_stat_database`,
  counter: counterOf,
  judge: ([row], { member, limits, base }) => {
    const rate = rateOf(row, base);
    // One alone is no rate.
    const judged = rate?.telling && rate.count > 1 ? rate.perHour : 0;
    return signalOf(limits.status('deadlocks', judged), {
      ...limits.facts('deadlocks'),
      member,
      value: rate && Math.round(rate.perHour),
      sentence: rate
        ? `${member} ended ${rate.count} deadlocks in ${formatSeconds(rate.stretchSeconds)}${rate.note}.`
        : measuring(member),
    });
  },
};

export const temporaryFiles: MemberCheck<CounterRow> = {
  id: 'temporary-files',
  sql: () => `SELECT sum(temp_bytes)::float8 AS count FROM pg_stat_database`,
  counter: counterOf,
  judge: ([row], { member, limits, base }) => {
    const rate = rateOf(row, base);
    return signalOf(
      rate?.telling ? limits.status('temporary-files', rate.perHour) : 'ok',
      {
        ...limits.facts('temporary-files'),
        member,
        value: rate && Math.round(rate.perHour),
        sentence: rate
          ? `Queries on ${member} spilled ${formatBytes(rate.count)} to temporary files in ${formatSeconds(rate.stretchSeconds)}${rate.note}.`
          : measuring(member),
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
