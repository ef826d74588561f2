import { PgBackRestConfig } from '../config';
import { RestorePlace } from './RestorePlace';

/** Settings that a standby must have at least as high as its source had; `pg_controldata` names them. */
const CONTROL_SETTINGS: Readonly<Record<string, string>> = {
  'max_connections setting': 'max_connections',
  'max_worker_processes setting': 'max_worker_processes',
  'max_wal_senders setting': 'max_wal_senders',
  'max_prepared_xacts setting': 'max_prepared_transactions',
  'max_locks_per_xact setting': 'max_locks_per_transaction',
};

/** What `pg_controldata` says about restored files. */
export interface ControlData {
  readonly systemIdentifier: string;
  readonly settings: Readonly<Record<string, string>>;
}

export function parseControlData(text: string): ControlData {
  const values = new Map(
    text.split('\n').flatMap(line => {
      const colon = line.indexOf(':');
      return colon > 0
        ? [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()] as const]
        : [];
    }),
  );
  return {
    systemIdentifier: values.get('Database system identifier') ?? '',
    settings: {
      ...Object.fromEntries(
        Object.entries(CONTROL_SETTINGS).flatMap(([label, setting]) => {
          const value = values.get(label);
          return value === undefined ? [] : [[setting, value]];
        }),
      ),
      track_commit_timestamp:
        values.get('track_commit_timestamp setting') === 'on' ? 'on' : 'off',
    },
  };
}

function quoted(value: string): string {
  return `'${value.replace(/'/g, "''")}'`;
}

/**
 * The restored server's own configuration, used instead of the source's: it
 * must not archive, replicate, run jobs or take the memory of a whole host.
 */
export function renderServerConfiguration(options: {
  readonly place: RestorePlace;
  readonly port: number;
  readonly databaseId: string;
  readonly control: ControlData;
  readonly preloadTimescale: boolean;
  readonly keepsLog?: boolean;
}): string {
  const { place, port, databaseId, control, preloadTimescale, keepsLog } =
    options;
  const settings: Readonly<Record<string, string>> = {
    data_directory: place.dataDirectory,
    hba_file: `${place.configurationDirectory}/pg_hba.conf`,
    ident_file: `${place.configurationDirectory}/pg_ident.conf`,
    cluster_name: `restored ${databaseId}`.slice(0, 63),
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: place.socketDirectory,
    unix_socket_permissions: '0700',
    ssl: 'off',
    hot_standby: 'on',
    wal_level: 'replica',
    ...control.settings,
    // On without a command: what is written waits for one, and nothing is sent.
    archive_mode: keepsLog ? 'on' : 'off',
    archive_command: '',
    primary_conninfo: '',
    primary_slot_name: '',
    synchronous_standby_names: '',
    max_logical_replication_workers: '0',
    max_replication_slots: '0',
    shared_preload_libraries: preloadTimescale ? 'timescaledb' : '',
    ...(preloadTimescale
      ? {
          'timescaledb.max_background_workers': '0',
          'timescaledb.telemetry_level': 'off',
        }
      : {}),
    shared_buffers: '64MB',
    huge_pages: 'off',
    work_mem: '4MB',
    maintenance_work_mem: '64MB',
    max_wal_size: '256MB',
    min_wal_size: '80MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    logging_collector: 'off',
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}`)
    .join('\n')}\n`;
}

/** Roles that are let in to a copy without a password, through its socket. */
interface Doors {
  readonly superuser: string;
  /** Of the query box, where it is configured. */
  readonly queryRole?: string;
}

/** Until the content is verified, only this machine's socket in a private folder leads in. */
export const HBA_WHILE_RECOVERING = 'local all all trust\n';

/**
 * Afterwards: roles with the passwords they had at that moment; the server's
 * own account as superuser, and the portal's as the role of the query box. That
 * role's password is as old as the copy, and in recovery none can be set.
 */
export function renderHba({ superuser, queryRole }: Doors): string {
  return [
    `local all ${quotedName(superuser)} peer map=restored`,
    ...(queryRole === undefined
      ? []
      : [`local all ${quotedName(queryRole)} peer map=query`]),
    'local all all scram-sha-256',
    'host all all 127.0.0.1/32 scram-sha-256',
    '',
  ].join('\n');
}

/** Which accounts of the machine may be which roles. */
export function renderIdent(
  { superuser, queryRole }: Doors,
  accounts: { readonly superuser: readonly string[]; readonly query: string },
): string {
  return [
    ...accounts.superuser.map(account => ['restored', account, superuser]),
    ...(queryRole === undefined ? [] : [['query', accounts.query, queryRole]]),
  ]
    .map(([map, ...names]) => `${[map, ...names.map(quotedName)].join(' ')}\n`)
    .join('');
}

function quotedName(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}

/**
 * The whole of `postgresql.auto.conf`: what the source set by ALTER SYSTEM
 * (archiving, standbys, libraries, memory) stays behind.
 */
export function renderSettings(
  settings: Readonly<Record<string, string>>,
): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${quoted(value)}\n`)
    .join('');
}

/** Fetches a WAL file from the archive. */
export function restoreCommand(
  config: PgBackRestConfig,
  configurationFile: string,
): string {
  return archiveCommand(config, configurationFile, 'archive-get %f "%p"');
}

/** What a promoted server adds to its configuration; the last of two settings counts. */
export function renderArchiving(options: {
  readonly config: PgBackRestConfig;
  readonly configurationFile: string;
  readonly timeoutSeconds: number;
}): string {
  const { config, configurationFile, timeoutSeconds } = options;
  return renderSettings({
    archive_mode: 'on',
    archive_command: archiveCommand(
      config,
      configurationFile,
      'archive-push "%p"',
    ),
    archive_timeout: `${timeoutSeconds}s`,
  });
}

/** A shell runs it, and PostgreSQL replaces what follows a percent sign. */
function archiveCommand(
  { command = 'pgbackrest', stanza }: PgBackRestConfig,
  configurationFile: string,
  rest: string,
): string {
  const shellQuoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`;
  const start = `${shellQuoted(command)} --config=${shellQuoted(configurationFile)} --stanza=${stanza} --log-level-console=off --log-level-stderr=warn`;
  return `${start.replace(/%/g, '%%')} ${rest}`;
}

/** Whether a configuration file of the source loads TimescaleDB. */
export function loadsTimescale(configuration: string): boolean {
  return configuration
    .split('\n')
    .some(
      line =>
        /^\s*shared_preload_libraries\b/.test(line) &&
        line.includes('timescaledb'),
    );
}
