import { Statement, StatementList } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  ObserveContext,
} from 'backstage-plugin-database-ops-node';
import { toError } from '@backstage/errors';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { grantedRole } from '../rotation/config';
import { withPrimary } from '../sessions/withMember';
import { withoutValues } from './withoutValues';

const STATEMENT_SECONDS = 5;

/** Version 1.8 came with PostgreSQL 13 and named the columns as they are since. */
const EXTENSION = `
SELECT format('%I.pg_stat_statements', n.nspname) AS relation,
       format('%I.pg_stat_statements_info', n.nspname) AS info,
       string_to_array(e.extversion, '.')::int[] AS version
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'`;

const READS_ALL = `SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may`;

/** The names come from {@link EXTENSION}, quoted by the server. */
const top = (relation: string) => `
SELECT s.queryid::text AS query_id, min(s.query) AS text,
       d.datname AS database_name, r.rolname AS username,
       sum(s.calls)::float8 AS calls, sum(s.rows)::float8 AS rows,
       sum(s.total_exec_time)::float8 AS total,
       (100 * sum(s.total_exec_time) / nullif(sum(sum(s.total_exec_time)) OVER (), 0))::float8 AS share
FROM ${relation} s
LEFT JOIN pg_database d ON d.oid = s.dbid
LEFT JOIN pg_roles r ON r.oid = s.userid
WHERE s.queryid IS NOT NULL
GROUP BY s.queryid, d.datname, r.rolname
ORDER BY total DESC
LIMIT $1`;

const since = (info: string) => `
SELECT to_char(stats_reset AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
FROM ${info}`;

const texts = (relation: string) => `
SELECT queryid::text AS query_id, min(query) AS text
FROM ${relation} WHERE queryid = ANY($1::bigint[]) GROUP BY queryid`;

interface ExtensionRow {
  readonly relation: string;
  readonly info: string;
  readonly version: readonly number[];
}

interface TopRow {
  readonly query_id: string;
  readonly text: string;
  readonly database_name: string | null;
  readonly username: string | null;
  readonly calls: number;
  readonly rows: number;
  readonly total: number;
  readonly share: number | null;
}

/** Statements by total time; without the extension, the sentence says how to get it. */
export async function statements(
  { config }: DatabaseDefinition<PostgresqlConfig>,
  { limit }: { readonly limit: number },
  _context: ObserveContext,
): Promise<StatementList> {
  try {
    return await withPrimary(
      config,
      { application: 'insight', statementSeconds: STATEMENT_SECONDS },
      (client, member) => readStatements(client, member.name, config, limit),
    );
  } catch (error) {
    return unavailable(toError(error).message);
  }
}

async function readStatements(
  client: Client,
  member: string,
  config: PostgresqlConfig,
  limit: number,
): Promise<StatementList> {
  const missing = await whyNotReadable(client, config);
  if (typeof missing === 'string') {
    return unavailable(missing);
  }
  const { rows } = await client.query<TopRow>(top(missing.relation), [limit]);
  const began = await sinceOf(client, missing);
  return {
    state: 'available',
    sentence: `${rows.length === 0 ? 'No statement is counted yet' : `The ${rows.length} statements that took most time on ${member}`}${began ? `, counted since ${began}` : ''}.`,
    ...(began && { since: began }),
    items: rows.map(statementOf),
  };
}

/** Where the statements stand, or what to do so that they do. */
async function whyNotReadable(
  client: Client,
  config: PostgresqlConfig,
): Promise<ExtensionRow | string> {
  const { rows } = await client.query<ExtensionRow>(EXTENSION);
  const [extension] = rows;
  const { database } = config;
  if (!extension) {
    return `Database '${database}' has no extension pg_stat_statements: add it to shared_preload_libraries, restart the server, then run CREATE EXTENSION pg_stat_statements in '${database}' as a superuser.`;
  }
  const [major, minor] = extension.version;
  if (major === 1 && minor < 8) {
    return `The extension pg_stat_statements has version ${extension.version.join('.')}; run ALTER EXTENSION pg_stat_statements UPDATE (1.8 or later is read).`;
  }
  const { rows: may } = await client.query<{ may: boolean }>(READS_ALL);
  if (!may[0].may) {
    const role = grantedRole(config);
    return `Role '${role}' may not see others' statements: GRANT pg_monitor TO ${role}.`;
  }
  return extension;
}

/** The server says it since version 14. */
async function sinceOf(
  client: Client,
  { info, version: [major, minor] }: ExtensionRow,
): Promise<string | undefined> {
  if (major === 1 && minor < 9) {
    return undefined;
  }
  const { rows } = await client.query<{ since: string | null }>(since(info));
  return rows.at(0)?.since ?? undefined;
}

function statementOf(row: TopRow): Statement {
  return {
    queryId: row.query_id,
    text: withoutValues(row.text),
    ...(row.database_name !== null && { databaseName: row.database_name }),
    ...(row.username !== null && { username: row.username }),
    calls: row.calls,
    totalMilliseconds: row.total,
    meanMilliseconds: row.calls > 0 ? row.total / row.calls : 0,
    rows: row.rows,
    sharePercent: row.share ?? 0,
  };
}

function unavailable(sentence: string): StatementList {
  return { state: 'unavailable', sentence, items: [] };
}

/** Texts by query id, without values; none where the extension does not serve them. */
export async function textsOf(
  client: Client,
  config: PostgresqlConfig,
  queryIds: readonly string[],
  context: ObserveContext,
): Promise<ReadonlyMap<string, string>> {
  if (queryIds.length === 0) {
    return new Map();
  }
  try {
    const extension = await whyNotReadable(client, config);
    if (typeof extension === 'string') {
      return new Map();
    }
    const { rows } = await client.query<{ query_id: string; text: string }>(
      texts(extension.relation),
      [queryIds],
    );
    return new Map(
      rows.map(row => [row.query_id, withoutValues(row.text)] as const),
    );
  } catch (error) {
    // Created but not loaded: sessions are told without their texts.
    context.logger.debug(
      `pg_stat_statements does not answer: ${toError(error).message}`,
    );
    return new Map();
  }
}
