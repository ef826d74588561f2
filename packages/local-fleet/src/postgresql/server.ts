import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { writeOwnedFile } from '../framework/ownedFile';
import { runAsService } from '../framework/runAsService';
import { FleetContext } from '../framework/types';
import { MEMBERS, PostgresqlMemberName, Role } from './names';
import { pgbackrestCommand } from './pgbackrest';
import { ServerPlace, socketDirectory } from './place';

const HBA = `local   all          postgres                        peer map=fleet
local   replication  postgres                        peer map=fleet
hostssl replication  dbops_replication  127.0.0.1/32  scram-sha-256
hostssl all          all                127.0.0.1/32  scram-sha-256
`;

/** Makes the primary's data folder; half-made ones from an aborted start are replaced. */
export async function initialise(
  context: FleetContext,
  place: ServerPlace,
): Promise<void> {
  const fresh = `${place.dataDirectory}.new`;
  await rm(fresh, { recursive: true, force: true });
  await runAsService(context, 'initdb', [
    ...['-D', fresh, '-U', 'postgres', '--no-instructions'],
    ...['--auth-local=peer', '--auth-host=scram-sha-256'],
    ...['--data-checksums', '--encoding=UTF8', '--locale=C', '--no-sync'],
  ]);
  await rename(fresh, place.dataDirectory);
}

/** Copies the primary's data folder and makes a standby of it, through its own slot. */
export async function cloneFrom(
  context: FleetContext,
  primary: ServerPlace,
  standby: ServerPlace,
  slot: string,
): Promise<void> {
  const fresh = `${standby.dataDirectory}.new`;
  await rm(fresh, { recursive: true, force: true });
  await runAsService(context, 'pg_basebackup', [
    ...['-D', fresh, '-X', 'stream', '-S', slot, '--checkpoint=fast'],
    ...['--no-sync', '-d', await replicationConninfo(context, primary)],
  ]);
  await writeOwnedFile(context, join(fresh, 'standby.signal'), '');
  await rename(fresh, standby.dataDirectory);
}

/** The standby's connection to the primary; its password stays in a file of its own. */
export async function replicationConninfo(
  context: FleetContext,
  primary: ServerPlace,
): Promise<string> {
  const role: Role = 'dbops_replication';
  const passfile = join(
    await context.folder('postgresql/fleet-pg-2', { owner: 'service' }),
    'pgpass',
  );
  await writeOwnedFile(
    context,
    passfile,
    `127.0.0.1:${primary.port}:*:${role}:${await context.secret(`pg-${role}`)}\n`,
  );
  return [
    `host=127.0.0.1 port=${primary.port} user=${role}`,
    `passfile='${passfile}' sslmode=verify-full`,
    `sslrootcert='${context.caFile}' application_name=fleet-pg-2`,
  ].join(' ');
}

/** Whether this PostgreSQL has the extension's files; only then may its library be loaded. */
export async function hasTimescale(context: FleetContext): Promise<boolean> {
  const folder = await runAsService(context, 'pg_config', ['--sharedir']);
  return existsSync(join(folder.trim(), 'extension', 'timescaledb.control'));
}

/** Writes the member's settings; at each start, so that they follow this code. */
export async function configure(
  context: FleetContext,
  place: ServerPlace,
  standbyOf?: { readonly primary: ServerPlace; readonly slot: string },
): Promise<void> {
  await socketDirectory(context);
  const { certFile, keyFile } = await context.certificate(place.name, {
    owner: 'service',
  });
  const libraries = ['pg_stat_statements'];
  if (await hasTimescale(context)) {
    libraries.unshift('timescaledb');
  }
  const archive = await pgbackrestCommand(context, place);
  const settings: Record<string, string> = {
    cluster_name: place.name,
    listen_addresses: '127.0.0.1',
    port: String(place.port),
    unix_socket_directories: place.socketDirectory,
    ssl: 'on',
    ssl_ca_file: context.caFile,
    ssl_cert_file: certFile,
    ssl_key_file: keyFile,
    password_encryption: 'scram-sha-256',
    shared_preload_libraries: libraries.join(','),
    // Utility statements hold passwords, and its view would show them.
    'pg_stat_statements.track_utility': 'off',
    wal_level: 'replica',
    archive_mode: 'on',
    // A quiet database would otherwise have no bound on what a loss costs.
    archive_timeout: '30s',
    archive_command: `${archive} archive-push %p`,
    track_commit_timestamp: 'on',
    max_wal_senders: '8',
    max_replication_slots: '8',
    max_slot_wal_keep_size: '2GB',
    max_connections: '80',
    shared_buffers: '48MB',
    max_wal_size: '256MB',
    min_wal_size: '80MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] %a ',
    ...(standbyOf && {
      primary_conninfo: await replicationConninfo(context, standbyOf.primary),
      primary_slot_name: standbyOf.slot,
    }),
  };
  const { dataDirectory } = place;
  await writeOwnedFile(
    context,
    join(dataDirectory, 'postgresql.conf'),
    Object.entries(settings)
      .map(([key, value]) => `${key} = '${value.replaceAll("'", "''")}'\n`)
      .join(''),
  );
  await writeOwnedFile(context, join(dataDirectory, 'pg_hba.conf'), HBA);
  const accounts = new Set([
    context.serviceUser?.name ?? userInfo().username,
    userInfo().username,
  ]);
  await writeOwnedFile(
    context,
    join(dataDirectory, 'pg_ident.conf'),
    [...accounts].map(account => `fleet ${account} postgres\n`).join(''),
  );
}

export async function isInitialised(place: ServerPlace): Promise<boolean> {
  return existsSync(join(place.dataDirectory, 'PG_VERSION'));
}

export function isStandby(name: PostgresqlMemberName): boolean {
  return name !== MEMBERS[0];
}
