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

const PORT = 5499;

/**
 * Commands that restore a backup with pgBackRest and PostgreSQL alone, as the
 * account that runs PostgreSQL, to an empty folder. Options stand in the
 * environment, so that the server's `restore_command` finds them too.
 */
export function breakGlass(
  database: DatabaseDefinition<PostgresqlConfig>,
  repository: RepositoryDefinition,
  backup: Backup,
): readonly string[] {
  const config = requirePgBackRest({ database, repository });
  const options = repositoryOptions(config, repository)
    .map(
      ([option, value]) =>
        `PGBACKREST_${option.toUpperCase().replace(/-/g, '_')}=${quoted(value)}`,
    )
    .join(' ');
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${PORT}`,
    'unix_socket_directories=$TARGET',
    'ssl=off',
    'archive_mode=off',
    'primary_conninfo=',
    'synchronous_standby_names=',
    'max_logical_replication_workers=0',
    'timescaledb.max_background_workers=0',
    'recovery_target_timeline=current',
  ]
    .map(setting => `-c ${setting}`)
    .join(' ');
  return [
    `export TARGET=/var/tmp/${database.id}-restored  # an empty folder with ${backup.sizeBytes ?? 'enough'} bytes free`,
    'export PGBACKREST_REPO1_S3_KEY="$REPOSITORY_ACCESS_KEY_ID" PGBACKREST_REPO1_S3_KEY_SECRET="$REPOSITORY_SECRET_ACCESS_KEY"  # set both first',
    ...(config.cipherPass
      ? [
          'export PGBACKREST_REPO1_CIPHER_PASS="$REPOSITORY_CIPHER_PASS"  # set it first',
        ]
      : []),
    `export ${options} PGBACKREST_LOG_LEVEL_FILE=off PGBACKREST_LOCK_PATH="$TARGET/lock" PGBACKREST_SPOOL_PATH="$TARGET/spool"`,
    'mkdir -m 700 "$TARGET" "$TARGET/data" "$TARGET/tablespaces"',
    `pgbackrest --stanza=${config.stanza} --set=${backup.id} --type=immediate --target-action=promote --archive-mode=off --pg1-path="$TARGET/data" --tablespace-map-all="$TARGET/tablespaces" restore`,
    `pg_ctl start -w -t 3600 -D "$TARGET/data" -l "$TARGET/postgresql.log" -o "${settings}"`,
    `psql -h "$TARGET" -p ${PORT} -d ${quoted(database.config.database)}`,
  ];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:-]+$/.test(text)
    ? text
    : `'${text.replace(/'/g, `'\\''`)}'`;
}
