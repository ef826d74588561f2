import { JsonObject } from '@backstage/types';
import { describeSeconds } from 'backstage-plugin-database-ops-common';
import { Candidate, MaintainedServer, MaintenanceActionKind } from './types';

const EXTENSION = `
SELECT quote_ident(n.nspname) AS schema, e.extversion AS version
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'timescaledb'`;

/**
 * The window of its policy, else the stretch whose raw rows are still there:
 * refreshing where raw chunks were dropped would empty the aggregate. Only
 * aggregates by time: others need bounds in their own numbers.
 */
const AGGREGATES = `
SELECT format('%I.%I', a.view_schema, a.view_name) AS object,
       quote_literal(format('%I.%I', a.view_schema, a.view_name)) AS literal,
       quote_ident(a.view_owner) AS owner,
       pg_has_role(a.view_owner, 'USAGE') AS mine,
       quote_nullable(j.config ->> 'start_offset') AS start_offset,
       quote_nullable(j.config ->> 'end_offset') AS end_offset,
       j.job_id IS NOT NULL AS has_policy,
       (SELECT quote_literal(min(c.range_start)) FROM timescaledb_information.chunks c
        WHERE c.hypertable_schema = a.hypertable_schema AND c.hypertable_name = a.hypertable_name) AS oldest,
       extract(epoch FROM now() - s.last_successful_finish)::float8 AS refreshed_seconds,
       extract(epoch FROM j.schedule_interval)::float8 AS interval_seconds
FROM timescaledb_information.continuous_aggregates a
JOIN _timescaledb_catalog.hypertable m
  ON m.schema_name = a.materialization_hypertable_schema
  AND m.table_name = a.materialization_hypertable_name
LEFT JOIN timescaledb_information.jobs j
  ON j.proc_name = 'policy_refresh_continuous_aggregate'
  AND (j.config ->> 'mat_hypertable_id')::int = m.id
LEFT JOIN timescaledb_information.job_stats s ON s.job_id = j.job_id AND s.last_successful_finish > '-infinity'
WHERE EXISTS (
  SELECT FROM timescaledb_information.dimensions d
  WHERE d.hypertable_schema = a.hypertable_schema AND d.hypertable_name = a.hypertable_name
    AND d.time_interval IS NOT NULL)`;

/** Chunks that the policy of their hypertable would have compressed by now. */
const CHUNKS = `
SELECT format('%I.%I', c.chunk_schema, c.chunk_name) AS object,
       quote_literal(format('%I.%I', c.chunk_schema, c.chunk_name)) AS literal,
       format('%I.%I', c.hypertable_schema, c.hypertable_name) AS hypertable,
       quote_ident(h.owner) AS owner, pg_has_role(h.owner, 'USAGE') AS mine,
       c.is_compressed AS compressed, to_jsonb(k) ->> 'status' AS status,
       (SELECT p.relpages::float8 * current_setting('block_size')::int FROM pg_class p
        JOIN pg_namespace n ON n.oid = p.relnamespace
        WHERE n.nspname = c.chunk_schema AND p.relname = c.chunk_name) AS size_bytes,
       extract(epoch FROM now() - c.range_end)::float8 AS ended_seconds,
       extract(epoch FROM (j.config ->> 'compress_after')::interval)::float8 AS after_seconds
FROM timescaledb_information.chunks c
JOIN timescaledb_information.hypertables h USING (hypertable_schema, hypertable_name)
JOIN _timescaledb_catalog.chunk k ON k.schema_name = c.chunk_schema AND k.table_name = c.chunk_name
LEFT JOIN timescaledb_information.jobs j
  ON j.proc_name = 'policy_compression'
  AND j.hypertable_schema = c.hypertable_schema AND j.hypertable_name = c.hypertable_name
WHERE h.compression_enabled AND c.range_end IS NOT NULL`;

/** Bits of a chunk's status in TimescaleDB's catalog: rows out of order, rows beside the compressed ones. */
const STATUS_UNORDERED = 2;
const STATUS_PARTIAL = 8;
/** Missed twice: one run may be on its way. */
const BEHIND_INTERVALS = 2;

const CHUNK_FACTS = `
SELECT is_compressed AS compressed,
       pg_total_relation_size(format('%I.%I', chunk_schema, chunk_name)::regclass)::float8 AS "sizeBytes"
FROM timescaledb_information.chunks WHERE format('%I.%I', chunk_schema, chunk_name) = $1`;

const AGGREGATE_FACTS = `
SELECT pg_total_relation_size(format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass)::float8 AS "sizeBytes",
       finalized
FROM timescaledb_information.continuous_aggregates WHERE format('%I.%I', view_schema, view_name) = $1`;

const NO_TIMESCALE = {
  nothing: 'This database has no TimescaleDB.',
};

interface AggregateRow {
  readonly object: string;
  readonly literal: string;
  readonly owner: string;
  readonly mine: boolean;
  readonly start_offset: string;
  readonly end_offset: string;
  readonly has_policy: boolean;
  readonly oldest: string | null;
  readonly refreshed_seconds: number | null;
  readonly interval_seconds: number | null;
}

interface ChunkRow {
  readonly object: string;
  readonly literal: string;
  readonly hypertable: string;
  readonly owner: string;
  readonly mine: boolean;
  readonly compressed: boolean;
  readonly status: string | null;
  readonly size_bytes: number | null;
  readonly ended_seconds: number;
  readonly after_seconds: number | null;
}

/** The extension's schema, quoted; none where it is not there. */
async function timescaleSchema({
  client,
}: MaintainedServer): Promise<string | undefined> {
  const { rows } = await client.query<{ schema: string }>(EXTENSION);
  return rows.at(0)?.schema;
}

/** Ownership only: the extension checks it itself. */
function rightOf(
  { role }: MaintainedServer,
  { mine, owner, object }: { mine: boolean; owner: string; object: string },
): { readonly missingRight?: string } {
  return mine
    ? {}
    : {
        missingRight: `Role '${role}' does not own ${object}: GRANT ${owner} TO ${role}.`,
      };
}

export const refreshAggregates: MaintenanceActionKind = {
  id: 'refresh-continuous-aggregates',
  title: 'Refresh continuous aggregates',
  description:
    'Brings aggregates of TimescaleDB up to date within the window of their policy.',
  hinderedByOldTransactions: false,
  measure: async ({ client }, object): Promise<JsonObject> =>
    (await client.query<JsonObject>(AGGREGATE_FACTS, [object])).rows.at(0) ??
    {},
  candidates: async server => {
    const schema = await timescaleSchema(server);
    if (schema === undefined) {
      return NO_TIMESCALE;
    }
    const { rows } = await server.client.query<AggregateRow>(AGGREGATES);
    return rows.flatMap(row => {
      const candidate = aggregateOf(schema, row);
      return candidate ? [{ ...candidate, ...rightOf(server, row) }] : [];
    });
  },
};

function aggregateOf(schema: string, row: AggregateRow): Candidate | undefined {
  const from =
    row.has_policy && row.start_offset !== 'NULL'
      ? `now() - interval ${row.start_offset}`
      : row.oldest;
  if (from === null) {
    // With no raw row left the aggregate is all there is: a refresh without a start would empty it.
    return undefined;
  }
  const to =
    row.has_policy && row.end_offset !== 'NULL'
      ? `now() - interval ${row.end_offset}`
      : 'now()';
  const late =
    row.refreshed_seconds === null ||
    row.refreshed_seconds > BEHIND_INTERVALS * (row.interval_seconds ?? 0);
  return {
    object: row.object,
    suggested: late,
    reason: refreshReason(row),
    command: `CALL ${schema}.refresh_continuous_aggregate(${row.literal}, ${from}, ${to})`,
  };
}

function refreshReason(row: AggregateRow): string {
  if (!row.has_policy) {
    return 'No policy refreshes it.';
  }
  return row.refreshed_seconds === null
    ? 'Its policy has not succeeded yet.'
    : `Refreshed by its policy ${describeSeconds(Math.round(row.refreshed_seconds))} ago, every ${describeSeconds(Math.round(row.interval_seconds ?? 0))}.`;
}

export const recompressChunks: MaintenanceActionKind = {
  id: 'recompress-chunks',
  title: 'Compress chunks',
  description:
    'Compresses chunks of TimescaleDB that are older than their policy says, and again those that were written to since. A chunk cannot be written to meanwhile.',
  hinderedByOldTransactions: false,
  measure: async ({ client }, object): Promise<JsonObject> =>
    (await client.query<JsonObject>(CHUNK_FACTS, [object])).rows.at(0) ?? {},
  candidates: async server => {
    const schema = await timescaleSchema(server);
    if (schema === undefined) {
      return NO_TIMESCALE;
    }
    const { rows } = await server.client.query<ChunkRow>(CHUNKS);
    return rows.flatMap(row => {
      const candidate = chunkOf(schema, row);
      return candidate ? [{ ...candidate, ...rightOf(server, row) }] : [];
    });
  },
};

function chunkOf(schema: string, row: ChunkRow): Candidate | undefined {
  const status = Number(row.status ?? 0);
  const overdue =
    row.after_seconds !== null && row.ended_seconds > row.after_seconds;
  const untidy =
    row.compressed && (status & (STATUS_UNORDERED | STATUS_PARTIAL)) !== 0;
  if (row.compressed && !untidy) {
    return undefined;
  }
  return {
    object: row.object,
    sizeBytes: row.size_bytes ?? undefined,
    suggested: overdue || untidy,
    reason: untidy
      ? `Chunk of ${row.hypertable}, written to since it was compressed.`
      : `Chunk of ${row.hypertable}, not compressed; its range ${row.ended_seconds > 0 ? `ended ${describeSeconds(Math.round(row.ended_seconds))} ago` : 'has not ended'}${row.after_seconds === null ? ', and no policy compresses it' : `, its policy compresses after ${describeSeconds(Math.round(row.after_seconds))}`}.`,
    // Since 2.18 it compresses a partly compressed chunk again too.
    command: `SELECT ${schema}.compress_chunk(${row.literal}::regclass, if_not_compressed => true)`,
  };
}
