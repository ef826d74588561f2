import { toError } from '@backstage/errors';
import { ProofCheck } from 'backstage-plugin-database-ops-common';
import { escapeIdentifier } from 'pg';
import { withRestoredClient } from '../restore/restoredClient';
import { QUERY_CANCELED, TABLES_BY_SIZE } from '../restore/tablesBySize';
import { ScratchSession } from './contentChecks';

/** For all databases together; what is not counted by then is said. */
const COUNTING_SECONDS = 3600;
/** The catalog is asked outside that limit. */
const SESSION_SECONDS = COUNTING_SECONDS + 600;
const NAMED_TABLES = 5;

type Query = <TRow extends object>(sql: string) => Promise<readonly TRow[]>;

/** One session in a database of the copy. */
export type InDatabase = <T>(
  database: string,
  use: (query: Query) => Promise<T>,
) => Promise<T>;

interface Counts {
  rows: number;
  counted: number;
  readonly left: string[];
  readonly unreadable: string[];
}

export function sessionsOf(session: ScratchSession): InDatabase {
  return async (database, use) =>
    withRestoredClient(
      { ...session, database, timeoutSeconds: SESSION_SECONDS },
      client =>
        use(
          async <TRow extends object>(sql: string) =>
            (await client.query<TRow>(sql)).rows,
        ),
    );
}

/** That every row of every table of every database can be read, biggest tables first in each. */
export async function rowsCheck(
  databases: readonly string[],
  inDatabase: InDatabase,
  nowSeconds: () => number = () => performance.now() / 1000,
): Promise<ProofCheck> {
  const counts: Counts = { rows: 0, counted: 0, left: [], unreadable: [] };
  const until = nowSeconds() + COUNTING_SECONDS;
  for (const database of databases) {
    await inDatabase(database, query =>
      countTables(query, {
        database,
        counts,
        left: () => until - nowSeconds(),
      }),
    );
  }
  const { rows, counted, left, unreadable } = counts;
  const facts = { id: 'rows', title: 'Rows', value: rows };
  const all = counted + left.length + unreadable.length;
  const where =
    databases.length === 1
      ? `database ${databases[0]}`
      : `${databases.length} databases (${databases.join(', ')})`;
  if (unreadable.length > 0) {
    return {
      ...facts,
      status: 'failed',
      sentence: `${unreadable.length} of ${all} tables in ${where} cannot be read: ${named(unreadable)}.`,
    };
  }
  return left.length > 0
    ? {
        ...facts,
        status: 'skipped',
        sentence: `${rows} rows of ${counted} of ${all} tables in ${where} were read within ${COUNTING_SECONDS} s; not counted: ${named(left)}.`,
      }
    : {
        ...facts,
        status: 'passed',
        sentence: `${rows} rows were read: all of the ${all} tables in ${where}.`,
      };
}

async function countTables(
  query: Query,
  options: {
    readonly database: string;
    readonly counts: Counts;
    /** Seconds. */
    readonly left: () => number;
  },
): Promise<void> {
  const { database, counts, left } = options;
  const tables = await query<{ schema: string; name: string }>(TABLES_BY_SIZE);
  for (const { schema, name } of tables) {
    const table = `${database}.${schema}.${name}`;
    const leftMilliseconds = Math.floor(left() * 1000);
    if (leftMilliseconds <= 0) {
      counts.left.push(table);
      continue;
    }
    try {
      await query(`SET statement_timeout = ${leftMilliseconds}`);
      const [{ count }] = await query<{ count: string }>(
        `SELECT count(*) FROM ${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
      );
      counts.rows += Number(count);
      counts.counted += 1;
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (code === QUERY_CANCELED) {
        counts.left.push(table);
      } else if (saysOfTable(code)) {
        counts.unreadable.push(`${table} (${toError(error).message})`);
      } else {
        throw error;
      }
    }
  }
}

/** An answer of the server about what it read; not a lost session, missing resources or a shutdown. */
function saysOfTable(code: string | undefined): boolean {
  // Every SQLSTATE has a digit, EPIPE has none.
  return /^(?=.*\d)(?!08|53|57)[0-9A-Z]{5}$/.test(code ?? '');
}

function named(tables: readonly string[]): string {
  const more = tables.length - NAMED_TABLES;
  return [
    ...tables.slice(0, NAMED_TABLES),
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join(', ');
}
