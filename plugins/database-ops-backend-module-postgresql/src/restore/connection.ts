import { RestoreOutcome } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { RestorePlace } from './RestorePlace';

const SIGN_IN =
  'On the host of the worker only. Every role of the source can sign in with the password it had at that moment; as superuser without a password through the socket, as the account that runs the server.';

export const UNPROTECTED_NOTE = `${SIGN_IN} It does not archive, replicate or run jobs: what is written to it is UNPROTECTED until it is promoted.`;

export function promotedNote(stanza: string): string {
  return `${SIGN_IN} It archives to stanza '${stanza}', which holds a full backup of it; it does not replicate, and runs no jobs until its owner turns them on.`;
}

/** How to sign in to a restored server, and what a person must know of it. */
export function connectionOf(
  config: PostgresqlConfig,
  { socketDirectory }: RestorePlace,
  { port, note }: { readonly port: number; readonly note: string },
): NonNullable<RestoreOutcome['connection']> {
  return {
    host: '127.0.0.1',
    port,
    socketDirectory,
    database: config.database,
    username: config.username,
    command: `psql "host=127.0.0.1 port=${port} dbname=${config.database} user=${config.username}"`,
    note,
  };
}
