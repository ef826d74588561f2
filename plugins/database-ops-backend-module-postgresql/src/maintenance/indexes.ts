import { JsonObject } from '@backstage/types';
import { mayMaintain, missingRight } from './tables';
import { Candidate, MaintainedServer, MaintenanceActionKind } from './types';

/** Half of it empty, and enough of it that rebuilding pays. */
const BLOATED_FACTOR = 2;
const WASTED_BYTES = 1024 * 1024;

/** As REINDEX CONCURRENTLY names what it builds and what it replaces. */
export const LEFTOVER = '_cc(new|old)[0-9]*$';

/**
 * Every index that is not part of a partitioned one's shell. The size that it
 * would have: rows times (line pointer 4, header 8, columns by their average
 * width, aligned to 8), pages of which 24 + 16 bytes are headers, filled to 90 %.
 * Widths are known only of columns whose statistics the role may read.
 */
const INDEXES = (mine: string) => `
WITH widths AS (
  SELECT x.indexrelid,
         sum(coalesce(nullif(a.attlen, -1), st.avg_width)) AS width,
         bool_and(a.attlen > 0 OR st.avg_width IS NOT NULL) AS known
  FROM pg_index x
  JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_class c ON c.oid = x.indrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute ia ON ia.attrelid = x.indexrelid
  LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[ia.attnum - 1] AND a.attnum > 0
  LEFT JOIN pg_stats st ON st.schemaname = n.nspname AND st.tablename = c.relname AND st.attname = a.attname AND NOT st.inherited
  GROUP BY x.indexrelid
)
SELECT format('%I.%I', n.nspname, i.relname) AS object, i.oid::int AS oid,
       format('%I.%I', tn.nspname, c.relname) AS table_name,
       quote_ident(pg_get_userbyid(c.relowner)) AS owner, ${mine} AS mine,
       i.relpages::float8 * current_setting('block_size')::int AS size_bytes,
       x.indisvalid AS valid, i.relname ~ '${LEFTOVER}' AS leftover,
       EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.oid OR p.relid = c.oid) AS building,
       x.indisexclusion AS exclusion,
       CASE WHEN am.amname = 'btree' AND w.known AND i.reltuples > 0 THEN
         (ceil(i.reltuples * (12 + 8 * ceil(w.width / 8.0))
           / ((current_setting('block_size')::int - 40) * 0.9)) + 1) * current_setting('block_size')::int
       END::float8 AS least_bytes
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid AND i.relkind = 'i'
JOIN pg_class c ON c.oid = x.indrelid AND c.relkind IN ('r', 'm')
JOIN pg_namespace n ON n.oid = i.relnamespace
JOIN pg_namespace tn ON tn.oid = c.relnamespace
JOIN pg_am am ON am.oid = i.relam
JOIN widths w ON w.indexrelid = i.oid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND i.relpersistence <> 't'`;

const FACTS = `
SELECT pg_relation_size(i.oid)::float8 AS "sizeBytes", x.indisvalid AS valid
FROM pg_class i JOIN pg_namespace n ON n.oid = i.relnamespace JOIN pg_index x ON x.indexrelid = i.oid
WHERE format('%I.%I', n.nspname, i.relname) = $1`;

interface IndexRow {
  readonly object: string;
  readonly oid: number;
  readonly table_name: string;
  readonly owner: string;
  readonly mine: boolean;
  readonly size_bytes: number;
  readonly valid: boolean;
  readonly leftover: boolean;
  readonly building: boolean;
  readonly exclusion: boolean;
  readonly least_bytes: number | null;
}

export const reindex: MaintenanceActionKind = {
  id: 'reindex',
  title: 'Reindex concurrently',
  description:
    'Builds an index anew beside the old one, one at a time; reading and writing go on. Needs room for the new one.',
  hinderedByOldTransactions: true,
  measure,
  candidates: async server => {
    const { rows } = await server.client.query<IndexRow>(
      INDEXES(mayMaintain(server.versionNumber, 'c')),
    );
    return rows
      .filter(({ exclusion, building }) => !exclusion && !building)
      .map(row => ({ ...candidateOf(row), ...missingRight(server, row) }));
  },
};

function candidateOf(row: IndexRow): Candidate {
  const { object, size_bytes: sizeBytes, oid: indexOid } = row;
  if (!row.valid && row.leftover) {
    return {
      object,
      sizeBytes,
      suggested: true,
      reason: `Left invalid on ${row.table_name} by a REINDEX CONCURRENTLY that failed: every write still keeps it.`,
      command: `DROP INDEX CONCURRENTLY ${object}`,
    };
  }
  const command = `REINDEX INDEX CONCURRENTLY ${object}`;
  if (!row.valid) {
    return {
      object,
      sizeBytes,
      indexOid,
      suggested: true,
      reason: `Invalid on ${row.table_name}: no query uses it, every write keeps it.`,
      command,
    };
  }
  const least = row.least_bytes;
  return {
    object,
    sizeBytes,
    indexOid,
    suggested:
      least !== null &&
      sizeBytes > BLOATED_FACTOR * least &&
      sizeBytes - least > WASTED_BYTES,
    reason:
      least === null
        ? `On ${row.table_name}; what it would need cannot be estimated.`
        : `On ${row.table_name}; about ${(sizeBytes / least).toFixed(1)} times what its rows need (estimated from statistics).`,
    command,
  };
}

async function measure(
  { client }: MaintainedServer,
  object: string,
): Promise<JsonObject> {
  const { rows } = await client.query<JsonObject>(FACTS, [object]);
  return rows.at(0) ?? {};
}
