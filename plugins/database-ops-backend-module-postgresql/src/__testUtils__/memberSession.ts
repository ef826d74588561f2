import { readFile } from 'node:fs/promises';
import { LocalFleet } from 'local-fleet';
import { Client } from 'pg';

/** A session with a chosen member as a chosen role, with the time-out that health has for a statement. */
export async function withMember<T>(
  fleet: LocalFleet,
  session: {
    readonly member: string;
    readonly role: 'dbops_monitor' | 'dbops_admin';
  },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host: '127.0.0.1',
    port: await fleet.context.port(session.member),
    database: 'app',
    user: session.role,
    password: await fleet.context.secret(`pg-${session.role}`),
    ssl: { ca: await readFile(fleet.context.caFile, 'utf8') },
    statement_timeout: 2_000,
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
