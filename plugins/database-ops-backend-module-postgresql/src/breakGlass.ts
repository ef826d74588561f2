import { JsonObject } from '@backstage/types';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from './config';
import {
  repositoryOptions,
  requirePgBackRest,
} from './pgbackrest/configuration';
import {
  cipherPassOf,
  hasSeveralRepositories,
  repositoryKey,
} from './pgbackrest/repositories';

const PORT = 5499;

/**
 * Commands that restore a backup, or a moment behind it, with pgBackRest and PostgreSQL alone, as the
 * account that runs PostgreSQL, to an empty folder. Options stand in the
 * environment, so that the server's `restore_command` finds them too.
 */
export function breakGlass(
  database: DatabaseDefinition<PostgresqlConfig>,
  repository: RepositoryDefinition,
  backup: Backup,
  parameters: JsonObject = {},
): readonly string[] {
  const config = requirePgBackRest({ database, repository });
  const target = { database, repository };
  const key = repositoryKey(target);
  const options = repositoryOptions(target)
    .map(
      ([option, value]) =>
        `PGBACKREST_${option.toUpperCase().replace(/-/g, '_')}=${quoted(value)}`,
    )
    .join(' ');
  const psql = `psql -h "$TARGET" -p ${PORT} -d ${quoted(database.config.database)}`;
  return [
    `export TARGET=/var/tmp/${database.id}-restored  # an empty folder with ${backup.sizeBytes ?? 'enough'} bytes free`,
    ...(hasSeveralRepositories(database)
      ? [
          `# From repository '${repository.id}' (repo${key} of pgBackRest): the keys and the passphrase are those of this one.`,
        ]
      : []),
    `export PGBACKREST_REPO${key}_S3_KEY="$REPOSITORY_ACCESS_KEY_ID" PGBACKREST_REPO${key}_S3_KEY_SECRET="$REPOSITORY_SECRET_ACCESS_KEY"  # set both first`,
    ...(cipherPassOf(target)
      ? [
          `export PGBACKREST_REPO${key}_CIPHER_PASS="$REPOSITORY_CIPHER_PASS"  # set it first`,
        ]
      : []),
    `export ${options} PGBACKREST_LOG_LEVEL_FILE=off PGBACKREST_LOCK_PATH="$TARGET/lock" PGBACKREST_SPOOL_PATH="$TARGET/spool"`,
    'mkdir -m 700 "$TARGET" "$TARGET/data" "$TARGET/tablespaces"',
    `pgbackrest --stanza=${config.stanza} --set=${backup.id} ${targetOptions(parameters)} --target-action=promote --archive-mode=off --pg1-path="$TARGET/data" --tablespace-map-all="$TARGET/tablespaces" restore`,
    ...ownConfiguration(database.id),
    `pg_ctl start -w -t 3600 -D "$TARGET/data" -l "$TARGET/postgresql.log" -o "-c config_file=$TARGET/postgresql.conf -c recovery_target_timeline=${timelineOf(backup, parameters)}"`,
    `while pg_ctl status -D "$TARGET/data" > /dev/null && [ "$(${psql} -Atc 'SELECT pg_is_in_recovery()')" != f ]; do sleep 1; done  # it lets you read before it has arrived`,
    psql,
  ];
}

/** The end of the backup, unless a moment behind it is named. */
function targetOptions({ time, lsn }: JsonObject): string {
  if (typeof time === 'string') {
    return `--type=time --target=${quoted(time.replace('T', ' ').replace('Z', '+00'))}`;
  }
  return typeof lsn === 'string'
    ? `--type=lsn --target=${quoted(lsn)}`
    : '--type=immediate';
}

/** Never the newest by itself. */
function timelineOf(backup: Backup, { timeline }: JsonObject): string {
  return typeof timeline === 'number' && timeline !== backup.to?.timeline
    ? String(timeline)
    : 'current';
}

/**
 * A configuration of the copy's own. The source's is not used: it may lie
 * outside the data directory, and with it the copy could archive, replicate or
 * run jobs.
 */
function ownConfiguration(databaseId: string): readonly string[] {
  const settings = [
    `cluster_name = '${`restored ${databaseId}`.slice(0, 63)}'`,
    "hba_file = '$TARGET/pg_hba.conf'",
    "ident_file = '$TARGET/pg_ident.conf'",
    "listen_addresses = ''",
    `port = ${PORT}`,
    "unix_socket_directories = '$TARGET'",
    'ssl = off',
    'archive_mode = off',
    "primary_conninfo = ''",
    "synchronous_standby_names = ''",
    'max_logical_replication_workers = 0',
    'max_replication_slots = 0',
    "shared_preload_libraries = '$LIBRARIES'",
    'timescaledb.max_background_workers = 0',
    'timescaledb.telemetry_level = off',
  ]
    .map(setting => `"${setting}"`)
    .join(' ');
  return [
    `sed -i -nE '/^(restore_command|recovery_[a-z_]+) *=/p' "$TARGET/data/postgresql.auto.conf"  # what the source set by ALTER SYSTEM stays behind`,
    'export LIBRARIES=  # timescaledb when the database uses it, otherwise nothing: pg_cron and others would act',
    '# A standby must have these at least as high as its source had:',
    `LC_ALL=C pg_controldata -D "$TARGET/data" | sed -nE 's/^(max_[a-z_]+) setting: +([0-9]+)$/\\1 = \\2/p' | sed 's/_xact/_transaction/' > "$TARGET/postgresql.conf"`,
    `printf '%s\\n' ${settings} >> "$TARGET/postgresql.conf"`,
    `echo 'local all all trust' > "$TARGET/pg_hba.conf"  # the folder lets in nobody but its account`,
    ': > "$TARGET/pg_ident.conf"',
  ];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:-]+$/.test(text)
    ? text
    : `'${text.replace(/'/g, `'\\''`)}'`;
}
