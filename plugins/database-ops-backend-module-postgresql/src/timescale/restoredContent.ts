import { JsonObject } from '@backstage/types';
import { ProofCheck } from 'backstage-plugin-database-ops-common';
import { Client } from 'pg';

/** Puts SQL to one database of a restored server. */
export type Query = <TRow extends object>(
  sql: string,
) => Promise<readonly TRow[]>;

/** Through a session that is open. */
export function queryThrough(client: Client): Query {
  return async <TRow extends object>(sql: string) =>
    (await client.query<TRow>(sql)).rows;
}

const INSTALLED = `SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'`;

/**
 * Hypertables and chunks by the catalog, and chunks that the catalog has and
 * the database lacks. What is materialised by continuous aggregates, and what
 * is compressed, is kept in hypertables too; they are not counted as such.
 */
const CONTENT = `
SELECT (SELECT count(*)::int FROM timescaledb_information.hypertables) AS hypertables,
       (SELECT count(*)::int FROM timescaledb_information.chunks) AS chunks,
       (SELECT count(*)::int FROM timescaledb_information.chunks WHERE is_compressed) AS compressed,
       (SELECT count(*)::int FROM timescaledb_information.continuous_aggregates) AS aggregates,
       (SELECT coalesce(array_agg(c.schema_name || '.' || c.table_name ORDER BY c.id), '{}')::text[]
        FROM _timescaledb_catalog.chunk c
        WHERE NOT c.dropped AND to_regclass(format('%I.%I', c.schema_name, c.table_name)) IS NULL) AS missing`;

interface ContentRow {
  readonly hypertables: number;
  readonly chunks: number;
  readonly compressed: number;
  readonly aggregates: number;
  readonly missing: readonly string[];
}

async function contentOf(query: Query): Promise<ContentRow | undefined> {
  const installed = await query<{ extversion: string }>(INSTALLED);
  return installed.length > 0
    ? (await query<ContentRow>(CONTENT))[0]
    : undefined;
}

/** What a copy's facts say of its hypertables, and that their jobs do not run; nothing without the extension. */
export async function timescaleFacts(query: Query): Promise<JsonObject> {
  const content = await contentOf(query);
  return content
    ? {
        hypertables: content.hypertables,
        chunks: content.chunks,
        compressedChunks: content.compressed,
        timescaledbJobs:
          'off: timescaledb.max_background_workers is 0 until the owner of the copy sets it',
      }
    : {};
}

const SHOWN_MISSING = 5;

/**
 * Hypertables and chunks of every database that has them.
 *
 * @returns undefined when none has the extension
 */
export async function hypertableCheck(
  databases: readonly string[],
  queryOf: (database: string) => Query,
): Promise<ProofCheck | undefined> {
  const found: string[] = [];
  const missing: string[] = [];
  let chunks = 0;
  for (const database of databases) {
    const content = await contentOf(queryOf(database));
    if (content) {
      chunks += content.chunks;
      found.push(
        `${content.hypertables} hypertables with ${content.chunks} chunks (${content.compressed} compressed) and ${content.aggregates} continuous aggregates in ${database}`,
      );
      missing.push(...content.missing.map(name => `${name} in ${database}`));
    }
  }
  if (found.length === 0) {
    return undefined;
  }
  return {
    id: 'hypertables',
    title: 'Hypertables and chunks',
    status: missing.length > 0 ? 'failed' : 'passed',
    sentence:
      missing.length > 0
        ? `The catalog of TimescaleDB names ${missing.length} chunks that are not there: ${missing.slice(0, SHOWN_MISSING).join(', ')}.`
        : `Every chunk is there: ${found.join('; ')}.`,
    value: chunks,
  };
}

const RESTORING_DATABASES = `
SELECT format('%I', d.datname) AS name
FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
WHERE s.setrole = 0
  AND EXISTS (SELECT FROM unnest(s.setconfig) AS c WHERE c ~* '^timescaledb[.]restoring=(on|true|yes|1)$')
ORDER BY 1`;

/**
 * What `timescaledb_post_restore()` does as far as it applies to a copy of
 * files: the mode comes along when the source was in it at that moment, and
 * hypertables of the copy would not be expanded. Its jobs stay off.
 *
 * @returns the databases that were in it
 */
export async function endRestoringMode(
  query: Query,
): Promise<readonly string[]> {
  const databases = (await query<{ name: string }>(RESTORING_DATABASES)).map(
    ({ name }) => name,
  );
  for (const name of databases) {
    await query(`ALTER DATABASE ${name} RESET timescaledb.restoring`);
  }
  return databases;
}
