import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  QueryResult,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition } from 'backstage-plugin-database-ops-node';
import { Client, DatabaseError, FieldDef } from 'pg';
import { PostgresqlConfig } from '../config';
import { QueryBoxConfig } from './config';
import { CopySession } from './CopySession';
import { requireHarmlessRole } from './queryRole';

/** The portal's own stop comes after the server's, so that the server's words are heard. */
const DEADLINE_MARGIN_SECONDS = 2;

/** Class 57 and 25 of SQLSTATE are the limits of the session, not mistakes of the statement. */
const CANCELED = '57014';

const SERVER = `
SELECT pg_is_in_recovery() AS in_recovery, current_setting('cluster_name') AS cluster_name`;

const TYPES = `
SELECT oid::int AS oid, format_type(oid, NULL) AS name FROM unnest($1::oid[]) AS oid`;

/** Whatever the type, the server's own text. */
const AS_TEXT = {
  getTypeParser: () => (value: string | Buffer) => String(value),
};

/**
 * Runs one statement on a copy that is still in recovery, where nothing can be
 * written whatever a statement tries: through a cursor, in a read-only
 * transaction, as a role that was checked to have nothing but reading.
 */
export async function queryRestored(
  { config, id }: DatabaseDefinition<PostgresqlConfig>,
  instance: RestoredInstance,
  statement: string,
): Promise<QueryResult> {
  const box = requireQueryBox(config, id);
  const { host, port, socketDirectory, database } = instance.connection ?? {};
  if (host === undefined || port === undefined) {
    throw new ConflictError(
      `Restored instance '${instance.id}' does not say where it listens; restore again.`,
    );
  }
  const session = await CopySession.open({
    host,
    port,
    socketDirectory,
    database: database ?? config.database,
    username: box.username,
    password: box.password,
    timeoutSeconds: box.timeoutSeconds,
  });
  try {
    return await session.use(
      box.timeoutSeconds + DEADLINE_MARGIN_SECONDS,
      async client => {
        await requireCopy(client, instance);
        // The first query of the transaction fixes that it stays read-only.
        await client.query('BEGIN TRANSACTION READ ONLY');
        await requireHarmlessRole(client, box.username);
        return readThrough(client, statement, box);
      },
    );
  } finally {
    await session.close();
  }
}

function requireQueryBox(
  config: PostgresqlConfig,
  databaseId: string,
): QueryBoxConfig {
  if (!config.queryBox) {
    throw new NotFoundError(
      `Database '${databaseId}' has no key postgresql.queryBox; add a role for it as docs/query-insight.md says.`,
    );
  }
  return config.queryBox;
}

/** Another server may have that port by now, and this one may have been opened. */
async function requireCopy(
  client: Client,
  instance: RestoredInstance,
): Promise<void> {
  const { rows } = await client.query<{
    readonly in_recovery: boolean;
    readonly cluster_name: string;
  }>(SERVER);
  const [{ in_recovery, cluster_name }] = rows;
  const expected = `restored ${instance.databaseId}`.slice(0, 63);
  if (cluster_name !== expected) {
    throw new ConflictError(
      `The server at the port of restored instance '${instance.id}' is '${cluster_name}', not '${expected}'; the copy is gone, restore again.`,
    );
  }
  if (!in_recovery) {
    throw new ConflictError(
      `Restored instance '${instance.id}' is open and takes writes; only a copy that is paused at its target answers statements.`,
    );
  }
}

/** With values for no parameters the driver parses one statement, and the server refuses several. */
async function readThrough(
  client: Client,
  statement: string,
  { rowLimit }: QueryBoxConfig,
): Promise<QueryResult> {
  const startedAt = performance.now();
  try {
    await client.query({
      name: 'declare',
      // On a line of its own: a comment at its end hides nothing of ours.
      text: `DECLARE answer NO SCROLL CURSOR WITHOUT HOLD FOR\n${statement.replace(/;\s*$/, '')}`,
    });
    const { rows, fields } = await fetchRows(client, rowLimit + 1);
    const seconds = (performance.now() - startedAt) / 1000;
    const truncated = rows.length > rowLimit;
    const kept = rows.slice(0, rowLimit);
    return {
      columns: await columnsOf(client, fields),
      rows: kept,
      truncated,
      rowLimit,
      seconds,
      sentence: `${kept.length} ${kept.length === 1 ? 'row' : 'rows'}${truncated ? ', and there are more: the limit is reached' : ''}.`,
    };
  } catch (error) {
    throw explained(error);
  }
}

/** One at a time: the server keeps what one FETCH gives until it is whole, and a row may be large. */
async function fetchRows(
  client: Client,
  most: number,
): Promise<{
  readonly rows: (string | null)[][];
  readonly fields: readonly FieldDef[];
}> {
  const rows: (string | null)[][] = [];
  for (;;) {
    const fetched = await client.query<(string | null)[]>({
      text: 'FETCH FORWARD 1 FROM answer',
      rowMode: 'array',
      types: AS_TEXT,
    });
    rows.push(...fetched.rows);
    if (fetched.rows.length === 0 || rows.length >= most) {
      return { rows, fields: fetched.fields };
    }
  }
}

async function columnsOf(
  client: Client,
  fields: readonly FieldDef[],
): Promise<QueryResult['columns']> {
  const { rows } = await client.query<{
    readonly oid: number;
    readonly name: string;
  }>(TYPES, [[...new Set(fields.map(({ dataTypeID }) => dataTypeID))]]);
  const names = new Map(rows.map(({ oid, name }) => [oid, name]));
  return fields.map(({ name, dataTypeID }) => ({
    name,
    type: names.get(dataTypeID) ?? String(dataTypeID),
  }));
}

function explained(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) {
    return error;
  }
  return new InputError(
    error.code === CANCELED
      ? `The statement was stopped: ${error.message}. Ask for less, or add a condition.`
      : `The server refused the statement: ${error.message}. One SELECT, VALUES, TABLE or WITH is answered.`,
  );
}
