import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { FleetLoan } from '../FleetLoan';
import { TimescaleServer } from './types';

const DATABASE = 'timescale_signals';

/** Whether the PostgreSQL that the fleet runs has the extension's files. */
export function hasNativeTimescale(): boolean {
  try {
    const folder = execFileSync('pg_config', ['--sharedir'], {
      encoding: 'utf8',
    }).trim();
    return existsSync(join(folder, 'extension', 'timescaledb.control'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

/** A database of its own on the fleet's primary. */
export async function startNative(): Promise<TimescaleServer> {
  const loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
  const { context } = loan.fleet;
  const port = await context.port('fleet-pg-1');
  const ca = await readFile(context.caFile, 'utf8');
  const withAdmin = async <T>(
    database: string,
    use: (client: Client) => Promise<T>,
  ): Promise<T> => {
    const client = new Client({
      host: '127.0.0.1',
      port,
      database,
      user: 'dbops_admin',
      password: await context.secret('pg-dbops_admin'),
      ssl: { ca },
    });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  };
  const name = escapeIdentifier(DATABASE);
  await withAdmin('app', async client => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
  });
  await withAdmin(DATABASE, client =>
    client.query('CREATE EXTENSION timescaledb'),
  );
  return {
    configuration: {
      members: [{ name: 'native', host: '127.0.0.1', port }],
      database: DATABASE,
      username: 'dbops_monitor',
      password: await context.secret('pg-dbops_monitor'),
      tls: { mode: 'verify-full', caFile: context.caFile },
    },
    query: <TRow extends object>(sql: string) =>
      withAdmin(DATABASE, async client => {
        const results: unknown = await client.query(sql);
        const last = Array.isArray(results) ? results.at(-1) : results;
        return (last as { readonly rows: TRow[] }).rows;
      }),
    async close() {
      await withAdmin('app', client =>
        client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
      );
      await loan.giveBack();
    },
  };
}
