import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConflictError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import { SessionCancellation } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  ObserveContext,
} from 'backstage-plugin-database-ops-node';
import { Client, DatabaseError } from 'pg';
import { PostgresqlConfig } from '../config';
import { grantedRole } from '../rotation/config';
import { withMember } from '../sessions/withMember';
import { parseSessionId, SessionName } from './sessionId';
import { START_MICROSECONDS, STARTED_AT, whyNotCancelled } from './sessions';

const STATEMENT_SECONDS = 5;
/** A statement looks for a cancellation at least between rows and pages. */
const SEEN_WITHIN_SECONDS = 5;
const POLL_MILLISECONDS = 100;
const NO_PRIVILEGE = '42501';

const SESSION = `
SELECT coalesce(a.usename, '') AS username, coalesce(a.state, '') AS state,
       a.backend_type, ${STARTED_AT} AS started_at,
       coalesce(r.rolsuper, false) AS superuser
FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.pid = $1 AND ${START_MICROSECONDS} = $2`;

/** Asks again in the same statement: another one may have begun since the look. */
const CANCEL = `
SELECT pg_cancel_backend(a.pid) AS sent
FROM pg_stat_activity a
WHERE a.pid = $1 AND ${START_MICROSECONDS} = $2 AND ${STARTED_AT} = $3
  AND a.state = 'active'`;

interface FoundSession {
  readonly username: string;
  readonly state: string;
  readonly backend_type: string;
  readonly started_at: string;
  readonly superuser: boolean;
}

/**
 * Cancels the statement of a session, as the maintenance role where there is
 * one, and says whether it ended.
 */
export async function cancelSession(
  { config, id }: DatabaseDefinition<PostgresqlConfig>,
  target: { readonly sessionId: string; readonly startedAt?: string },
  { signal }: ObserveContext,
): Promise<SessionCancellation> {
  const name = parseSessionId(target.sessionId);
  const member = config.members.find(known => known.name === name.member);
  if (!member) {
    throw new NotFoundError(
      `Database '${id}' has no member '${name.member}'; take the id from the list of sessions.`,
    );
  }
  return withMember(
    config,
    member,
    {
      application: 'insight',
      statementSeconds: STATEMENT_SECONDS,
      as: config.maintenance,
    },
    async client => {
      const found = await findSession(client, name, target);
      const refusal = whyNotCancelled(config, found);
      if (refusal !== undefined) {
        throw new NotAllowedError(
          `Session ${target.sessionId} is not cancelled: ${refusal}`,
        );
      }
      await cancel(client, config, name, found);
      const ended = await hasEnded(client, name, found, signal);
      return {
        sessionId: target.sessionId,
        outcome: ended ? 'cancelled' : 'still-running',
        sentence: ended
          ? `The statement of '${found.username}' that ran since ${found.started_at} on ${name.member} was cancelled.`
          : `The statement of '${found.username}' on ${name.member} was told to end and still ran ${SEEN_WITHIN_SECONDS} s later; look again.`,
      };
    },
  );
}

async function findSession(
  client: Client,
  { pid, startMicroseconds }: SessionName,
  {
    sessionId,
    startedAt,
  }: { readonly sessionId: string; readonly startedAt?: string },
): Promise<FoundSession> {
  const { rows } = await client.query<FoundSession>(SESSION, [
    pid,
    startMicroseconds,
  ]);
  const [found] = rows;
  if (!found) {
    throw new NotFoundError(
      `Session ${sessionId} is gone; nothing was cancelled.`,
    );
  }
  if (startedAt !== undefined && startedAt !== found.started_at) {
    throw new ConflictError(
      `Session ${sessionId} runs another statement by now, since ${found.started_at}; nothing was cancelled. Look at the list again.`,
    );
  }
  return found;
}

async function cancel(
  client: Client,
  config: PostgresqlConfig,
  { pid, startMicroseconds }: SessionName,
  { started_at, username }: FoundSession,
): Promise<void> {
  try {
    await client.query(CANCEL, [pid, startMicroseconds, started_at]);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === NO_PRIVILEGE) {
      const role = grantedRole(config.maintenance ?? config);
      throw new NotAllowedError(
        `Role '${role}' may not cancel what '${username}' runs: GRANT pg_signal_backend TO ${role}.`,
      );
    }
    throw error;
  }
}

async function hasEnded(
  client: Client,
  { pid, startMicroseconds }: SessionName,
  before: FoundSession,
  signal: AbortSignal,
): Promise<boolean> {
  const until = performance.now() + SEEN_WITHIN_SECONDS * 1000;
  do {
    const { rows } = await client.query<FoundSession>(SESSION, [
      pid,
      startMicroseconds,
    ]);
    const [now] = rows;
    if (now?.state !== 'active' || now.started_at !== before.started_at) {
      return true;
    }
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  } while (performance.now() < until);
  return false;
}
