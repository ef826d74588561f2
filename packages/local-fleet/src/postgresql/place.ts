import { chown, mkdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { hasCode, shortHash } from '../framework/paths';
import { FleetContext } from '../framework/types';
import { PostgresqlMemberName } from './names';

/** Where one PostgreSQL member lives and how it is reached. */
export interface ServerPlace {
  readonly name: PostgresqlMemberName;
  readonly port: number;
  readonly dataDirectory: string;
  readonly socketDirectory: string;
}

/** A socket's path may have 107 bytes; PostgreSQL appends `/.s.PGSQL.<port>`. */
const SOCKET_DIRECTORY_LIMIT = 107 - '/.s.PGSQL.65535.lock'.length;

export async function socketDirectory(context: FleetContext): Promise<string> {
  const inFleet = join(context.directory, 'run', 'pg');
  if (Buffer.byteLength(inFleet) <= SOCKET_DIRECTORY_LIMIT) {
    return context.folder('run/pg', { owner: 'service' });
  }
  const short = shortSocketDirectory(context);
  await mkdir(short, { recursive: true, mode: 0o755 });
  if (context.serviceUser) {
    await chown(short, context.serviceUser.uid, context.serviceUser.gid);
  }
  return short;
}

/** Used when the fleet's own folder has too long a name. */
function shortSocketDirectory(context: FleetContext): string {
  return join(tmpdir(), `fleet-pg-${shortHash(context.directory)}`);
}

/** Removes a socket folder outside the fleet's own, once the last server has left it. */
export async function removeSocketDirectory(
  context: FleetContext,
): Promise<void> {
  try {
    await rmdir(shortSocketDirectory(context));
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTEMPTY')) {
      throw error;
    }
  }
}

export async function serverPlace(
  context: FleetContext,
  name: PostgresqlMemberName,
): Promise<ServerPlace> {
  const folder = await context.folder(`postgresql/${name}`, {
    owner: 'service',
  });
  return {
    name,
    port: await context.port(name),
    dataDirectory: join(folder, 'data'),
    socketDirectory: await socketDirectory(context),
  };
}

/** A connection as superuser through the socket, where peer authentication knows this account. */
export async function withSuperuser<T>(
  place: ServerPlace,
  action: (client: Client) => Promise<T>,
  database = 'postgres',
): Promise<T> {
  const client = new Client({
    host: place.socketDirectory,
    port: place.port,
    user: 'postgres',
    database,
    connectionTimeoutMillis: 2_000,
    query_timeout: 30_000,
  });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}
