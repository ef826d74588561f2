import { signalOf, thresholdSignal } from 'backstage-plugin-database-ops-node';
import { MemberCheck } from '../health/checks/types';
import { formatBytes } from '../health/format';
import { firstOf } from './catalog';

/** Less than this says little about how well the rest would compress. */
const TELLING_BYTES = 10_000_000;

interface UncompressedRow {
  readonly policies: number;
  /** Compressed chunks that took rows since. */
  readonly partial: number;
  readonly overdue: readonly {
    readonly hypertable: string;
    readonly chunks: number;
    readonly oldest: string;
  }[];
}

/**
 * Chunks that a policy should have compressed by now. It runs once a schedule
 * interval, and a chunk filled belatedly waits for the next run: so both what
 * a chunk holds and the chunk itself have to be older than two runs.
 */
export const uncompressedChunks: MemberCheck<UncompressedRow> = {
  id: 'timescaledb-uncompressed-chunks',
  sql: ({ has }) =>
    has('timescaledb_information.chunks.is_compressed') &&
    has('_timescaledb_catalog.chunk.status')
      ? `
WITH policies AS (
  SELECT h.schema_name, h.table_name, j.schedule_interval, (j.config ->> 'compress_after')::interval AS after
  FROM timescaledb_information.jobs j
  JOIN _timescaledb_catalog.hypertable h ON h.id = (j.config ->> 'hypertable_id')::int
  WHERE j.proc_name IN ('policy_compression', 'policy_columnstore') AND j.config ? 'compress_after'
), overdue AS (
  SELECT p.schema_name || '.' || p.table_name AS hypertable, count(*)::int AS chunks,
         to_char(min(c.range_end) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS oldest
  FROM policies p
  JOIN timescaledb_information.chunks c
    ON c.hypertable_schema = p.schema_name AND c.hypertable_name = p.table_name
  WHERE NOT c.is_compressed AND c.range_end < now() - p.after - 2 * p.schedule_interval
    ${has('timescaledb_information.chunks.chunk_creation_time') ? 'AND c.chunk_creation_time < now() - 2 * p.schedule_interval' : ''}
  GROUP BY 1
)
SELECT (SELECT count(*)::int FROM policies) AS policies,
       (SELECT count(*)::int FROM _timescaledb_catalog.chunk WHERE NOT dropped AND status & 8 = 8) AS partial,
       coalesce((SELECT jsonb_agg(overdue ORDER BY chunks DESC, hypertable) FROM overdue), '[]') AS overdue`
      : undefined,
  judge: ([{ policies, partial, overdue }], { member, limits }) => {
    const chunks = overdue.reduce((sum, row) => sum + row.chunks, 0);
    const partialNote =
      partial > 0
        ? ` ${partial} compressed ${partial === 1 ? 'chunk holds' : 'chunks hold'} rows written since, not compressed.`
        : '';
    return thresholdSignal(
      {
        ...limits.facts('timescaledb-uncompressed-chunks'),
        member,
        value: chunks,
        sentence: `${
          chunks > 0
            ? `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'} of ${member} should have been compressed: ${firstOf(overdue.map(row => `${row.chunks} of ${row.hypertable}, the oldest up to ${row.oldest}`))}.`
            : `No chunk of ${member} is overdue for compression (${policies} ${policies === 1 ? 'policy' : 'policies'}).`
        }${partialNote}`,
      },
      limits.bounds('timescaledb-uncompressed-chunks'),
    );
  },
};

interface RatioRow {
  readonly hypertable: string;
  readonly before_bytes: number;
  readonly after_bytes: number;
}

/** As the catalog keeps it from when each chunk was compressed: no chunk is opened. */
export const compressionRatio: MemberCheck<RatioRow> = {
  id: 'timescaledb-compression-ratio',
  sql: ({ has }) =>
    has('_timescaledb_catalog.compression_chunk_size.uncompressed_heap_size')
      ? `
SELECT h.schema_name || '.' || h.table_name AS hypertable,
       sum(s.uncompressed_heap_size + s.uncompressed_toast_size + s.uncompressed_index_size)::float8 AS before_bytes,
       sum(s.compressed_heap_size + s.compressed_toast_size + s.compressed_index_size)::float8 AS after_bytes
FROM _timescaledb_catalog.compression_chunk_size s
JOIN _timescaledb_catalog.chunk c ON c.id = s.chunk_id
JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id
GROUP BY 1 ORDER BY 1`
      : undefined,
  judge: (rows, { member, limits }) => {
    const ratios = rows
      .filter(row => row.after_bytes > 0)
      .map(row => ({
        ...row,
        ratio: Math.round((10 * row.before_bytes) / row.after_bytes) / 10,
      }))
      .sort((a, b) => a.ratio - b.ratio);
    const telling = ratios.filter(row => row.before_bytes >= TELLING_BYTES);
    const worst = telling.at(0) ?? ratios.at(0);
    return signalOf(
      telling.length > 0
        ? limits.status('timescaledb-compression-ratio', telling[0].ratio)
        : 'ok',
      {
        ...limits.facts('timescaledb-compression-ratio'),
        member,
        value: worst?.ratio,
        sentence: worst
          ? `What is compressed of ${worst.hypertable} on ${member} takes ${formatBytes(worst.after_bytes)} instead of ${formatBytes(worst.before_bytes)}, a ratio of ${worst.ratio}${ratios.length > 1 ? ', the lowest of all' : ''}${telling.length > 0 ? '' : '; too little to judge'}.`
          : `Nothing is compressed on ${member}.`,
      },
    );
  },
};

interface FutureRow {
  readonly hypertable: string;
  readonly chunks: number;
  readonly latest: string;
}

/** A device with a wrong clock makes such chunks: they stop continuous aggregates and are never dropped. */
export const futureChunks: MemberCheck<FutureRow> = {
  id: 'timescaledb-future-chunks',
  sql: ({ has }) =>
    has('timescaledb_information.chunks.range_start') &&
    has('timescaledb_information.dimensions.time_interval')
      ? `
SELECT c.hypertable_schema || '.' || c.hypertable_name AS hypertable, count(*)::int AS chunks,
       to_char(max(c.range_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS latest
FROM timescaledb_information.chunks c
JOIN timescaledb_information.dimensions d
  ON d.hypertable_schema = c.hypertable_schema AND d.hypertable_name = c.hypertable_name AND d.dimension_number = 1
WHERE c.range_start > now() + d.time_interval
GROUP BY 1 ORDER BY 2 DESC, 1`
      : undefined,
  judge: (rows, { member, limits }) => {
    const chunks = rows.reduce((sum, row) => sum + row.chunks, 0);
    return thresholdSignal(
      {
        ...limits.facts('timescaledb-future-chunks'),
        member,
        value: chunks,
        sentence:
          chunks > 0
            ? `${chunks} ${chunks === 1 ? 'chunk lies' : 'chunks lie'} in the future on ${member}: ${firstOf(rows.map(row => `${row.chunks} of ${row.hypertable}, the latest from ${row.latest}`))}; look for rows with wrong times.`
            : `No chunk of ${member} lies in the future.`,
      },
      limits.bounds('timescaledb-future-chunks'),
    );
  },
};
