import { Client } from 'pg';

/** A session on a restored server through its private socket. */
export async function withRestoredClient<T>(
  server: {
    readonly socketDirectory: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly timeoutSeconds: number;
  },
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host: server.socketDirectory,
    port: server.port,
    user: server.user,
    database: server.database,
    application_name: 'database-ops restore',
    connectionTimeoutMillis: 5_000,
    query_timeout: server.timeoutSeconds * 1000,
    statement_timeout: server.timeoutSeconds * 1000,
  });
  // A server that dies is noticed by the next query; the event alone must not end the worker.
  let broken: Error | undefined;
  client.on('error', error => {
    broken = error;
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    if (!broken) {
      await client.end();
    }
  }
}
