// What the source says of itself, and what a restore in its place would leave behind.
import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { MemberConnection } from '../health/MemberConnection';

const SERVER = `
SELECT pg_is_in_recovery() AS in_recovery,
       current_setting('data_directory') AS data_directory,
       current_setting('config_file') AS config_file,
       current_setting('port')::int AS port,
       current_setting('archive_mode') AS archive_mode,
       current_setting('synchronous_standby_names') AS synchronous_standby_names,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier,
       (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline,
       (SELECT coalesce(last_failed_time > last_archived_time, last_failed_time IS NOT NULL)
        FROM pg_stat_archiver) AS archiving_fails`;

/** Files that its configuration is in, and those it names; all absolute. */
const FILES = `
SELECT DISTINCT sourcefile AS path FROM pg_settings WHERE sourcefile IS NOT NULL
UNION
SELECT setting FROM pg_settings
WHERE name IN ('config_file', 'hba_file', 'ident_file') AND setting <> ''
UNION
SELECT CASE WHEN setting LIKE '/%' THEN setting
            ELSE current_setting('data_directory') || '/' || setting END
FROM pg_settings
WHERE name IN ('ssl_cert_file', 'ssl_key_file', 'ssl_ca_file', 'ssl_crl_file')
  AND setting <> '' AND current_setting('ssl') = 'on'`;

const STANDBYS = `
SELECT application_name AS name, coalesce(host(client_addr), 'local') AS address, state
FROM pg_stat_replication r
WHERE state <> 'backup' AND NOT EXISTS (
  SELECT FROM pg_replication_slots s WHERE s.active_pid = r.pid AND s.slot_type = 'logical')
ORDER BY name`;

const SLOTS = `
SELECT slot_name AS name, slot_type AS type, active, database
FROM pg_replication_slots
WHERE NOT temporary
ORDER BY name`;

/** Patroni names its own sessions so; see its source, patroni/postgresql/connection.py. */
const PATRONI_SESSIONS = `
SELECT count(*)::int AS sessions FROM pg_stat_activity
WHERE application_name LIKE 'Patroni%'`;

export interface SourceStandby {
  readonly name: string;
  readonly address: string;
  readonly state: string;
}

export interface SourceSlot {
  readonly name: string;
  readonly type: string;
  readonly active: boolean;
  readonly database: string | null;
}

/** A running source, as it says itself. */
export interface RunningSource {
  readonly member: DatabaseMember;
  readonly dataDirectory: string;
  readonly configurationFile: string;
  readonly port: number;
  readonly archiveMode: string;
  readonly archivingFails: boolean;
  readonly synchronousStandbyNames: string;
  readonly systemIdentifier: string;
  readonly timeline: number;
  readonly files: readonly string[];
  readonly standbys: readonly SourceStandby[];
  readonly slots: readonly SourceSlot[];
  readonly patroniSessions: number;
}

/**
 * Asks the member that takes writes, or the named one.
 *
 * @returns why nobody answered, when nobody did
 */
export async function askSource(
  config: PostgresqlConfig,
  logger: LoggerService,
): Promise<RunningSource | string> {
  const name = config.inPlace?.member;
  const asked = await askMembers(
    config,
    config.members.filter(member => name === undefined || member.name === name),
    logger,
  );
  return asked === '' ? `no member is named '${name}'` : asked;
}

/** Any member that takes writes, also another than the named one. */
export async function findWriter(
  config: PostgresqlConfig,
  logger: LoggerService,
): Promise<RunningSource | undefined> {
  const asked = await askMembers(config, config.members, logger);
  return typeof asked === 'string' ? undefined : asked;
}

async function askMembers(
  config: PostgresqlConfig,
  members: PostgresqlConfig['members'],
  logger: LoggerService,
): Promise<RunningSource | string> {
  const reasons: string[] = [];
  for (const member of members) {
    const connection = new MemberConnection(config, member);
    try {
      const source = await readSource(connection, logger);
      if (source) {
        return source;
      }
      reasons.push(`${member.name} is a standby`);
    } catch (error) {
      reasons.push(`${member.name}: ${toError(error).message}`);
    } finally {
      await connection.close();
    }
  }
  return reasons.join('; ');
}

async function readSource(
  connection: MemberConnection,
  logger: LoggerService,
): Promise<RunningSource | undefined> {
  const [server] = await connection.query<{
    in_recovery: boolean;
    data_directory: string;
    config_file: string;
    port: number;
    archive_mode: string;
    archiving_fails: boolean;
    synchronous_standby_names: string;
    system_identifier: string;
    timeline: number;
  }>(SERVER, logger);
  if (server.in_recovery) {
    return undefined;
  }
  const files = await connection.query<{ path: string }>(FILES, logger);
  const [patroni] = await connection.query<{ sessions: number }>(
    PATRONI_SESSIONS,
    logger,
  );
  return {
    member: connection.member,
    dataDirectory: server.data_directory,
    configurationFile: server.config_file,
    port: server.port,
    archiveMode: server.archive_mode,
    archivingFails: server.archiving_fails,
    synchronousStandbyNames: server.synchronous_standby_names,
    systemIdentifier: server.system_identifier,
    timeline: server.timeline,
    files: files.map(({ path }) => path),
    standbys: await connection.query<SourceStandby>(STANDBYS, logger),
    slots: await connection.query<SourceSlot>(SLOTS, logger),
    patroniSessions: patroni.sessions,
  };
}
