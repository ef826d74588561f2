import { readFile } from 'node:fs/promises';
import { checkServerIdentity, ConnectionOptions } from 'node:tls';
import { InputError } from '@backstage/errors';
import {
  ConnectCommand,
  DatabaseDefinition,
  DatabaseMember,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from './config';
import { currentCredentials } from './connection/credentials';

/**
 * TLS options for the `pg` driver: the server's certificate is checked against
 * the configured authority, and its name against the host as configured (the
 * driver alone would check an address against `localhost`).
 */
export async function tlsOptions(
  config: PostgresqlConfig,
  member: DatabaseMember,
): Promise<ConnectionOptions | false> {
  const mode = config.tls?.mode ?? 'verify-full';
  if (mode === 'disable') {
    return false;
  }
  const caFile = config.tls?.caFile;
  return {
    ...(caFile ? { ca: await readFile(caFile, 'utf8') } : {}),
    rejectUnauthorized: true,
    checkServerIdentity: (_name, certificate) =>
      mode === 'verify-ca'
        ? undefined
        : checkServerIdentity(member.host, certificate),
  };
}

/** A `.pgpass` field: colons and backslashes are escaped. */
function passField(value: string): string {
  return value.replace(/[\\:]/g, character => `\\${character}`);
}

/**
 * An interactive `psql`: everything but the member's name stands in the
 * environment and in a private password file. Without a member, libpq picks
 * the one that accepts writes.
 */
export function connectCommand(
  database: DatabaseDefinition<PostgresqlConfig>,
  options?: { readonly member?: string },
): ConnectCommand {
  const { config } = database;
  const wanted = options?.member;
  const members = wanted
    ? config.members.filter(member => member.name === wanted)
    : config.members;
  if (members.length === 0) {
    throw new InputError(
      `Database '${database.id}' has no member '${wanted}'; choose one of ${config.members
        .map(member => member.name)
        .join(', ')}.`,
    );
  }
  const credentials = currentCredentials(config);
  const password = passField(credentials.password.reveal());
  const user = passField(credentials.username);
  return {
    command: 'psql',
    args: [],
    env: {
      PGHOST: members.map(member => member.host).join(','),
      PGPORT: members.map(member => member.port).join(','),
      PGDATABASE: config.database,
      PGUSER: credentials.username,
      PGPASSFILE: '{folder}/pgpass',
      PGSSLMODE: config.tls?.mode ?? 'verify-full',
      PGSSLROOTCERT: config.tls?.caFile ?? 'system',
      PGCONNECT_TIMEOUT: '5',
      PGAPPNAME: 'dbops connect',
      ...(wanted || members.length === 1
        ? {}
        : { PGTARGETSESSIONATTRS: 'read-write' }),
    },
    files: {
      pgpass: `${members
        .map(
          member =>
            `${passField(member.host)}:${member.port}:*:${user}:${password}`,
        )
        .join('\n')}\n`,
    },
  };
}
