import { toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { Client, escapeIdentifier } from 'pg';
import { queryThrough, timescaleFacts } from '../timescale/restoredContent';
import { parseInstant, formatInstant } from '../wal/instant';
import { endOfSegment, formatPosition } from '../wal/segments';
import { QUERY_CANCELED, TABLES_BY_SIZE } from './tablesBySize';

/** A look that does not keep people waiting for their copy; a proof counts all. */
const COUNTED_TABLES = 20;

/** Counting may take long on a big copy: what is not counted by then is named instead. */
const COUNTING_SECONDS = 600;

const RECOVERY = 'SELECT pg_is_in_recovery() AS in_recovery';

/** Asked after recovery: the position in the log is only then defined. */
const SERVER_FACTS = `
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
       CASE WHEN pg_is_in_recovery()
            THEN (SELECT min_recovery_end_timeline FROM pg_control_recovery())
            ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END AS timeline,
       current_setting('server_version') AS server_version,
       current_setting('archive_mode') AS archive_mode,
       pg_last_wal_replay_lsn()::text AS replayed_to,
       pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::float8 AS replayed_bytes,
       (SELECT setting::float8 FROM pg_settings WHERE name = 'wal_segment_size') AS segment_bytes,
       to_char(pg_last_xact_replay_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_commit_at,
       pg_database_size(current_database())::float8 AS database_bytes,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb`;

const BIGGEST_TABLES = `${TABLES_BY_SIZE}
LIMIT ${COUNTED_TABLES}`;

/** What a restored server holds, as it says itself. */
export interface RestoredContent {
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly replayedTo?: string;
  readonly lastCommitAt?: string;
  readonly facts: JsonObject;
}

/** What must have come of a restore. */
export interface ExpectedContent {
  readonly systemIdentifier?: string;
  readonly backupId: string;
  readonly state: 'open' | 'paused';
  readonly lastSegment?: string;
  /** Byte position that replay had to reach. */
  readonly position?: number;
  /** `off` when absent. */
  readonly archiveMode?: 'on' | 'off';
}

/**
 * Reads the restored content and checks what must hold whatever the data is:
 * the same system, open for writes or paused at its target, not archiving,
 * every big table readable.
 *
 * @throws OperationFailedError when one does not hold
 */
export async function verifyContent(
  client: Client,
  expected: ExpectedContent,
): Promise<RestoredContent> {
  const fail = (cause: string, nextStep: string) =>
    new OperationFailedError({
      cause,
      object: expected.backupId,
      nextStep,
      code: 'restored-content-wrong',
    });
  const recovery = await client.query<{ in_recovery: boolean }>(RECOVERY);
  if (recovery.rows[0].in_recovery !== (expected.state === 'paused')) {
    throw fail(
      expected.state === 'paused'
        ? 'The restored server left recovery instead of pausing at its target.'
        : 'The restored server is still in recovery.',
      'Report the log of the operation and restore again.',
    );
  }
  const { rows } = await client.query<{
    system_identifier: string;
    timeline: number;
    server_version: string;
    archive_mode: string;
    replayed_to: string | null;
    replayed_bytes: number | null;
    segment_bytes: number;
    last_commit_at: string | null;
    database_bytes: number;
    timescaledb: string | null;
  }>(SERVER_FACTS);
  const [row] = rows;
  if (
    expected.systemIdentifier !== undefined &&
    row.system_identifier !== expected.systemIdentifier
  ) {
    throw fail(
      `The restored server is of system ${row.system_identifier}, the repository's stanza of ${expected.systemIdentifier}.`,
      'Check that the stanza belongs to this database.',
    );
  }
  // A store that goes away during recovery looks to PostgreSQL like the end of the archive.
  // At the segment's very start, nothing of it was replayed.
  const { lastSegment } = expected;
  if (
    lastSegment !== undefined &&
    (row.replayed_bytes ?? 0) <=
      endOfSegment(lastSegment, row.segment_bytes) - row.segment_bytes
  ) {
    throw fail(
      `Recovery ended at ${row.replayed_to}, before the archive's last segment ${lastSegment}: WAL could not be fetched, or a segment is missing.`,
      'Check that the object store answers and restore again; if it ends there again, a segment is missing: restore a backup taken after it.',
    );
  }
  if (
    expected.position !== undefined &&
    (row.replayed_bytes ?? 0) < expected.position
  ) {
    throw fail(
      `Recovery ended at ${row.replayed_to}, before ${formatPosition(expected.position)}.`,
      'Check that the object store answers and restore again.',
    );
  }
  if (row.archive_mode !== (expected.archiveMode ?? 'off')) {
    throw fail(
      `The restored server has archive_mode ${row.archive_mode}.`,
      'Report the log of the operation and restore again.',
    );
  }
  const lastCommit = parseInstant(row.last_commit_at ?? '');
  const lastCommitAt =
    lastCommit === undefined ? undefined : formatInstant(lastCommit);
  return {
    systemIdentifier: row.system_identifier,
    timeline: row.timeline,
    ...(row.replayed_to ? { replayedTo: row.replayed_to } : {}),
    ...(lastCommitAt ? { lastCommitAt } : {}),
    facts: {
      systemIdentifier: row.system_identifier,
      timeline: row.timeline,
      serverVersion: row.server_version,
      ...(row.timescaledb ? { timescaledb: row.timescaledb } : {}),
      ...(row.replayed_to ? { replayedTo: row.replayed_to } : {}),
      ...(lastCommitAt ? { lastCommitAt } : {}),
      databaseSizeBytes: row.database_bytes,
      archiveMode: row.archive_mode,
      ...(await timescaleFacts(queryThrough(client))),
      ...(await countRows(client, expected.backupId)),
    },
  };
}

async function countRows(
  client: Client,
  backupId: string,
): Promise<JsonObject> {
  const { rows: tables } = await client.query<{ schema: string; name: string }>(
    BIGGEST_TABLES,
  );
  const until = performance.now() + COUNTING_SECONDS * 1000;
  const rowCounts: JsonObject = {};
  const notCounted: string[] = [];
  for (const { schema, name } of tables) {
    const table = `${schema}.${name}`;
    const leftMilliseconds = Math.floor(until - performance.now());
    if (leftMilliseconds <= 0) {
      notCounted.push(table);
      continue;
    }
    try {
      await client.query(`SET statement_timeout = ${leftMilliseconds}`);
      const { rows } = await client.query<{ count: string }>(
        `SELECT count(*) FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
      );
      rowCounts[table] = Number(rows[0].count);
    } catch (error) {
      if ((error as { code?: unknown }).code === QUERY_CANCELED) {
        notCounted.push(table);
        continue;
      }
      throw new OperationFailedError(
        {
          cause: `The restored table ${table} cannot be read: ${toError(error).message}.`,
          object: table,
          nextStep: `Choose another backup than ${backupId}; check this one with "pgbackrest verify".`,
          code: 'restored-table-unreadable',
        },
        error,
      );
    }
  }
  return {
    rowCounts,
    ...(notCounted.length > 0 ? { notCountedInTime: notCounted } : {}),
  };
}
