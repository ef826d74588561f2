import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { currentCredentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { isRefusedLogin } from '../health/connectionFailure';
import { finding } from './finding';
import { openAccessFinding } from './openAccessFinding';

const TLS = `
SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;

/** Clients and server agree on the time to a fraction of what canaries measure. */
const CLOCK_WARNING_SECONDS = 2;
const CLOCK_CRITICAL_SECONDS = 60;
/** Archiving is retried every minute at most. */
const ARCHIVER = `
SELECT last_archived_wal, failed_count::int AS failed, last_failed_wal,
       extract(epoch FROM now() - last_archived_time)::int AS archived_seconds,
       coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing
FROM pg_stat_archiver`;

const USE = `
SELECT (SELECT count(*)::int FROM pg_stat_replication) AS senders,
       current_setting('max_wal_senders')::int AS most_senders,
       (SELECT count(*)::int FROM pg_replication_slots) AS slots,
       current_setting('max_replication_slots')::int AS most_slots`;

const CLOCK = 'SELECT extract(epoch FROM clock_timestamp())::float8 AS seconds';

/** Signs in to a member as health does, and tries whether it could be done in the open. */
export async function connectionFindings(
  config: PostgresqlConfig,
  member: DatabaseMember,
): Promise<readonly Signal[]> {
  const about = {
    id: `member.${member.name}`,
    title: member.name,
    member: member.name,
  };
  let session: MemberSession;
  try {
    session = await openSession(config, member);
  } catch (error) {
    return [
      finding({
        ...about,
        status: 'critical',
        sentence: `'${currentCredentials(config).username}' cannot sign in to ${member.name} on ${member.host}:${member.port}: ${toError(error).message}.`,
        nextStep: isRefusedLogin(error)
          ? 'Correct the password or pg_hba.conf.'
          : 'Start it, and check address, certificate and the way there.',
      }),
    ];
  }
  try {
    const [{ ssl, version }] = await session.query<{
      ssl: boolean;
      version: string | null;
    }>(TLS);
    return [
      finding({
        ...about,
        status: ssl ? 'ok' : 'warning',
        sentence: `${member.name} answers ${ssl ? `by ${version}` : 'without TLS'}.`,
        nextStep: "Remove tls.mode 'disable' from its configuration.",
      }),
      await openAccessFinding(config, member),
    ];
  } finally {
    await session.close();
  }
}

export async function openSession(
  config: PostgresqlConfig,
  member: DatabaseMember,
  database?: string,
): Promise<MemberSession> {
  return MemberSession.open(config, member, currentCredentials(config), {
    purpose: 'doctor',
    database,
  });
}

/** What the archiver last did. */
export async function archiverFinding(
  member: string,
  session: MemberSession,
): Promise<Signal> {
  const [row] = await session.query<{
    last_archived_wal: string | null;
    failed: number;
    last_failed_wal: string | null;
    archived_seconds: number | null;
    failing: boolean;
  }>(ARCHIVER);
  const last = row.last_archived_wal
    ? `the last that arrived was ${row.last_archived_wal}, ${row.archived_seconds} s ago`
    : 'nothing has arrived yet';
  const seen = row.last_archived_wal ? 'ok' : 'warning';
  return finding({
    id: 'archiver',
    title: 'Archiver',
    member,
    status: row.failing ? 'critical' : seen,
    sentence: row.failing
      ? `${member} fails to archive ${row.last_failed_wal} (${row.failed} failures); ${last}.`
      : `${member} archives; ${last}.`,
    nextStep:
      "Read PostgreSQL's log for what archive_command says; the first backup makes the stanza that it needs.",
  });
}

/** How many standbys and slots there may be, and are. */
export async function limitFindings(
  member: string,
  session: MemberSession,
): Promise<readonly Signal[]> {
  const [use] = await session.query<{
    senders: number;
    most_senders: number;
    slots: number;
    most_slots: number;
  }>(USE);
  return [
    {
      id: 'wal-senders',
      title: 'Connections of standbys',
      setting: 'max_wal_senders',
      used: use.senders,
      most: use.most_senders,
    },
    {
      id: 'replication-slots',
      title: 'Replication slots',
      setting: 'max_replication_slots',
      used: use.slots,
      most: use.most_slots,
    },
  ].map(({ id, title, setting, used, most }) =>
    finding({
      id,
      title,
      member,
      // One has to be free: a standby is made anew beside the old one.
      status: used < most ? 'ok' : 'warning',
      sentence: `${used} of ${most} are used on ${member}.`,
      nextStep: `Raise ${setting} and restart PostgreSQL.`,
    }),
  );
}

/** Times of targets and canaries are the server's. */
export async function clockFinding(
  member: string,
  session: MemberSession,
  clock: () => Date,
): Promise<Signal> {
  const before = clock().getTime();
  const [{ seconds }] = await session.query<{ seconds: number }>(CLOCK);
  const after = clock().getTime();
  const apart = Math.max(
    0,
    Math.abs(seconds * 1000 - (before + after) / 2) - (after - before) / 2,
  );
  const value = Math.round(apart) / 1000;
  return finding({
    id: 'clock',
    title: 'Clock',
    member,
    status: clockStatus(value),
    sentence: `The clocks of ${member} and of this machine are ${value} s apart.`,
    nextStep:
      'Let both follow a time server: moments to restore to are named by time.',
  });
}

function clockStatus(seconds: number) {
  if (seconds > CLOCK_CRITICAL_SECONDS) {
    return 'critical';
  }
  return seconds > CLOCK_WARNING_SECONDS ? 'warning' : 'ok';
}
