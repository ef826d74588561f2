import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  FleetContext,
  FleetLoadOptions,
  FleetLoadResult,
} from '../framework/types';
import { DATABASE, MEMBERS } from './names';
import { roleSecret } from './provision';

const BATCHES_PER_SECOND = 5;

const INSERT_EVENTS = `
INSERT INTO app.events (sensor, value, note)
SELECT n % 50, random() * 100, 'reading ' || n
FROM generate_series(1, $1::int) AS n`;

/** Rows at a steady rate and one canary a second, over TLS as the application's role. */
export async function loadPostgresql(
  context: FleetContext,
  options: FleetLoadOptions,
): Promise<FleetLoadResult> {
  const { ratePerSecond, signal, onProgress } = options;
  const result = { writes: 0, canaries: 0, errors: 0 };
  const rows = Math.max(1, Math.round(ratePerSecond / BATCHES_PER_SECOND));
  const pauseMilliseconds = (1000 * rows) / ratePerSecond;
  let client: Client | undefined;
  let lastCanaryAt = 0;
  let due = Date.now();
  while (!signal.aborted) {
    try {
      client ??= await connect(context);
      await client.query(INSERT_EVENTS, [rows]);
      result.writes += rows;
      if (Date.now() - lastCanaryAt >= 1000) {
        lastCanaryAt = Date.now();
        await client.query('INSERT INTO app.canary (token) VALUES ($1)', [
          randomBytes(16).toString('hex'),
        ]);
        result.canaries += 1;
        onProgress?.(result.writes);
      }
    } catch (error) {
      result.errors += 1;
      context.log(`postgresql load: ${String(error)}`);
      await client?.end().catch(reportTo(context));
      client = undefined;
      due = Date.now() + 1000;
    }
    due = Math.max(due + pauseMilliseconds, Date.now());
    await sleep(due - Date.now());
  }
  await client?.end();
  return result;
}

function reportTo(context: FleetContext) {
  return (error: unknown) =>
    context.log(`postgresql load, closing: ${String(error)}`);
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
  // A server that goes away while nothing is asked of it must not end this process.
  client.on('error', reportTo(context));
  await client.connect();
  return client;
}
