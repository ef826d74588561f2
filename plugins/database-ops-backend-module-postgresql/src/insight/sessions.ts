import { toError } from '@backstage/errors';
import { Session, SessionList } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  DatabaseMember,
  ObserveContext,
} from 'backstage-plugin-database-ops-node';
import { Client } from 'pg';
import { PostgresqlConfig } from '../config';
import { grantedRole } from '../rotation/config';
import { ownNames } from '../rotation/rotatedRoles';
import { withMember } from '../sessions/withMember';
import { formatSessionId } from './sessionId';
import { textsOf } from './statements';

const STATEMENT_SECONDS = 5;
/** Of the tree only those that run, wait or hold are told; more than this nobody reads. */
const MOST_SESSIONS = 500;

export const START_MICROSECONDS = `(extract(epoch FROM a.backend_start) * 1000000)::bigint::text`;
/** To the microsecond, so that it names one statement. */
export const STARTED_AT = `to_char(coalesce(CASE WHEN a.state = 'active' THEN a.query_start END, a.xact_start, a.query_start, a.backend_start) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const READS_ALL = `SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS may`;

/**
 * `pg_blocking_pids` takes the lock manager's locks: only for those that
 * wait. An idle session counts when it holds what another waits for.
 */
const SESSIONS = `
WITH waiting AS (
  SELECT pid, pg_blocking_pids(pid) AS blockers
  FROM pg_stat_activity WHERE wait_event_type = 'Lock'
)
SELECT a.pid, ${START_MICROSECONDS} AS start_microseconds,
       coalesce(a.usename, '') AS username, a.application_name AS application,
       coalesce(a.datname, '') AS database_name,
       coalesce(a.state, a.backend_type) AS state, a.backend_type,
       a.wait_event_type || ': ' || a.wait_event AS wait_event,
       a.query_id::text AS query_id, ${STARTED_AT} AS started_at,
       extract(epoch FROM clock_timestamp() - coalesce(CASE WHEN a.state = 'active' THEN a.query_start END, a.xact_start, a.query_start, a.backend_start))::float8 AS seconds,
       coalesce(w.blockers, '{}') AS blockers,
       coalesce(r.rolsuper, false) AS superuser
FROM pg_stat_activity a
LEFT JOIN waiting w ON w.pid = a.pid
LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.pid <> pg_backend_pid()
  AND (a.backend_type = 'client backend' AND a.state <> 'idle'
       OR a.pid IN (SELECT unnest(blockers) FROM waiting))
ORDER BY a.pid IN (SELECT unnest(blockers) FROM waiting) DESC, seconds DESC
LIMIT ${MOST_SESSIONS}`;

interface SessionRow {
  readonly pid: number;
  readonly start_microseconds: string;
  readonly username: string;
  readonly application: string;
  readonly database_name: string;
  readonly state: string;
  readonly backend_type: string;
  readonly wait_event: string | null;
  readonly query_id: string | null;
  readonly started_at: string;
  readonly seconds: number;
  readonly blockers: readonly number[];
  readonly superuser: boolean;
}

/** A lock that no process holds but a transaction that was prepared and never ended. */
const PREPARED_TRANSACTION = 'prepared-transaction';

/** What runs on every member, those that block others first. */
export async function sessions(
  { config }: DatabaseDefinition<PostgresqlConfig>,
  context: ObserveContext,
): Promise<SessionList> {
  const answers = await Promise.all(
    config.members.map(member => sessionsOf(config, member, context)),
  );
  const items = answers.flatMap(({ items: found }) => found);
  const failures = answers.flatMap(({ failure }) => failure ?? []);
  const waiting = items.filter(({ blockedBy }) => blockedBy.length > 0).length;
  const sentences = [
    ...(failures.length < answers.length
      ? [
          `${items.length} ${items.length === 1 ? 'session runs' : 'sessions run'} something or hold a transaction open${waiting > 0 ? `, ${waiting} of them waiting for others` : ''}.`,
        ]
      : []),
    ...failures,
  ];
  return {
    state: failures.length < answers.length ? 'available' : 'unavailable',
    sentence: sentences.join(' '),
    observedAt: new Date().toISOString(),
    items,
  };
}

async function sessionsOf(
  config: PostgresqlConfig,
  member: DatabaseMember,
  context: ObserveContext,
): Promise<{ readonly items: readonly Session[]; readonly failure?: string }> {
  try {
    return await withMember(
      config,
      member,
      { application: 'insight', statementSeconds: STATEMENT_SECONDS },
      client => readSessions(client, config, member, context),
    );
  } catch (error) {
    return { items: [], failure: toError(error).message };
  }
}

async function readSessions(
  client: Client,
  config: PostgresqlConfig,
  member: DatabaseMember,
  context: ObserveContext,
): Promise<{ readonly items: readonly Session[]; readonly failure?: string }> {
  const { rows: may } = await client.query<{ may: boolean }>(READS_ALL);
  if (!may[0].may) {
    const role = grantedRole(config);
    return {
      items: [],
      failure: `Role '${role}' may not see others' sessions on ${member.name}: GRANT pg_monitor TO ${role}.`,
    };
  }
  const { rows } = await client.query<SessionRow>(SESSIONS);
  const texts = await textsOf(
    client,
    config,
    [...new Set(rows.flatMap(({ query_id }) => query_id ?? []))],
    context,
  );
  const idOf = (pid: number) => {
    const row = rows.find(candidate => candidate.pid === pid);
    return formatSessionId({
      member: member.name,
      pid,
      startMicroseconds: row?.start_microseconds ?? '0',
    });
  };
  return {
    items: rows.map(row => {
      const refusal = whyNotCancelled(config, row);
      return {
        sessionId: idOf(row.pid),
        member: member.name,
        username: row.username,
        application: row.application,
        databaseName: row.database_name,
        state: row.state,
        ...(row.wait_event !== null && { waitEvent: row.wait_event }),
        ...(row.query_id !== null &&
          texts.has(row.query_id) && { text: texts.get(row.query_id) }),
        startedAt: row.started_at,
        seconds: Math.max(0, row.seconds),
        blockedBy: row.blockers.map(pid =>
          pid === 0 ? PREPARED_TRANSACTION : idOf(pid),
        ),
        cancellable: refusal === undefined,
        ...(refusal !== undefined && { refusal }),
      };
    }),
  };
}

/** Why what a session runs must not be cancelled from here. */
export function whyNotCancelled(
  config: PostgresqlConfig,
  session: Pick<
    SessionRow,
    'username' | 'superuser' | 'state' | 'backend_type'
  >,
): string | undefined {
  if (session.backend_type !== 'client backend') {
    return `It is a process of the server itself (${session.backend_type}).`;
  }
  if (session.superuser) {
    return `It belongs to the superuser '${session.username}'; a superuser must end it.`;
  }
  if (ownNames(config).includes(session.username)) {
    return `It is this software's own, as '${session.username}'; cancel the operation that it belongs to.`;
  }
  return session.state === 'active'
    ? undefined
    : `It runs nothing now (${session.state}), so there is nothing to cancel; its application must end the transaction.`;
}
