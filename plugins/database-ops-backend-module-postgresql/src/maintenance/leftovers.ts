// An index that REINDEX CONCURRENTLY was building when it ended stays, invalid,
// and every write keeps it.
import { toError } from '@backstage/errors';
import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { Client } from 'pg';
import { LEFTOVER } from './indexes';

const INVALID = `
SELECT i.oid::int AS oid, format('%I.%I', n.nspname, i.relname) AS object
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = i.relnamespace
WHERE NOT x.indisvalid AND i.relname ~ '${LEFTOVER}'
  AND x.indrelid = (SELECT indrelid FROM pg_index WHERE indexrelid = $1)`;

const DROP_SECONDS = 10;

/** An invalid index of the table of an index. */
export interface Leftover {
  readonly oid: number;
  readonly object: string;
}

export async function leftoversBeside(
  client: Client,
  indexOid: number,
): Promise<readonly Leftover[]> {
  return (await client.query<Leftover>(INVALID, [indexOid])).rows;
}

/**
 * Drops what was not there before.
 *
 * @returns their names
 * @throws OperationFailedError naming one that stays
 */
export async function dropLeftovers(
  client: Client,
  indexOid: number,
  before: readonly Leftover[],
): Promise<readonly string[]> {
  const known = new Set(before.map(({ oid }) => oid));
  const made = (await leftoversBeside(client, indexOid)).filter(
    ({ oid }) => !known.has(oid),
  );
  // It waits for older transactions, but not beyond the grace of a cancelled verb.
  await client.query(
    `SELECT set_config('lock_timeout', '${DROP_SECONDS}s', false), set_config('statement_timeout', '${DROP_SECONDS}s', false)`,
  );
  for (const { object } of made) {
    try {
      await client.query(`DROP INDEX CONCURRENTLY ${object}`);
    } catch (error) {
      throw new OperationFailedError(
        {
          cause: `The rebuild did not end well, and index ${object} that it left invalid could not be dropped within ${DROP_SECONDS} s: ${toError(error).message}. Writes keep it until it goes.`,
          object,
          nextStep: `Run DROP INDEX CONCURRENTLY ${object}; the preview of reindex suggests it too.`,
          code: 'maintenance-leftover',
        },
        error,
      );
    }
  }
  return made.map(({ object }) => object);
}
