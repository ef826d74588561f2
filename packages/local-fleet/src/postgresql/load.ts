import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import {
  FleetContext,
  FleetLoadOptions,
  FleetLoadResult,
} from '../framework/types';
import { paceWrites } from '../load/pace';
import { DATABASE, MEMBERS } from './names';
import { roleSecret } from './provision';

const INSERT_EVENTS = `
INSERT INTO app.events (sensor, value, note)
SELECT n % 50, random() * 100, 'reading ' || n
FROM generate_series($1::bigint, $1::bigint + $2::int - 1) AS n`;

/** Rows at a steady rate and one canary a second, over TLS as the application's role. */
export async function loadPostgresql(
  context: FleetContext,
  options: FleetLoadOptions,
): Promise<FleetLoadResult> {
  let client: Client | undefined;
  const close = async () => {
    const closing = client;
    client = undefined;
    await closing?.end();
  };
  /** A connection that failed once is not asked again. */
  const query = async (text: string, values: readonly unknown[]) => {
    client ??= await connect(context);
    try {
      await client.query(text, [...values]);
    } catch (error) {
      await close();
      throw error;
    }
  };
  try {
    return await paceWrites(options, {
      write: (firstNumber, count) => query(INSERT_EVENTS, [firstNumber, count]),
      canary: () =>
        query('INSERT INTO app.canary (token) VALUES ($1)', [
          randomBytes(16).toString('hex'),
        ]),
    });
  } finally {
    await close();
  }
}

async function connect(context: FleetContext): Promise<Client> {
  const client = new Client({
    host: '127.0.0.1',
    port: await context.port(MEMBERS[0]),
    database: DATABASE,
    user: 'dbops_load',
    password: await context.secret(roleSecret('dbops_load')),
    ssl: { ca: await readFile(context.caFile, 'utf8') },
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  // A server that goes away between two writes must not end this process.
  client.on('error', error => context.log(`postgresql load: ${error.message}`));
  await client.connect();
  return client;
}
