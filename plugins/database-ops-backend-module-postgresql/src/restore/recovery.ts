import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { RestoredServer } from './RestoredServer';
import { withRestoredClient } from './restoredClient';

const POLL_MILLISECONDS = 250;
const DEFAULT_TIMEOUT_SECONDS = 6 * 3600;
const LOG_EVERY_MILLISECONDS = 5_000;
/** Codes of "role does not exist" in its two forms: another candidate may. */
const NO_SUCH_ROLE = ['28000', '28P01'];

/** Outside recovery the pause must not be asked for: CASE asks only where it may. */
const STATE = `
SELECT pg_is_in_recovery() AS in_recovery,
       CASE WHEN pg_is_in_recovery() THEN pg_get_wal_replay_pause_state() END = 'paused' AS is_paused,
       pg_last_wal_replay_lsn()::text AS replayed_to,
       pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::float8 AS replayed_bytes,
       (SELECT rolname FROM pg_roles WHERE rolsuper ORDER BY oid = 10 DESC, rolcanlogin DESC LIMIT 1) AS superuser`;

/** A server whose recovery has come to its end. */
export interface Recovered {
  /** The bootstrap superuser. */
  readonly superuser: string;
  readonly state: 'open' | 'paused';
}

/**
 * Waits until the server has left recovery, or pauses at its target.
 *
 * @param options.candidates - roles that may exist, to look in with
 * @throws OperationFailedError when the server dies or takes too long
 */
export async function waitForRecovery(options: {
  readonly context: RunContext;
  readonly server: RestoredServer;
  readonly socketDirectory: string;
  readonly port: number;
  readonly candidates: readonly string[];
  readonly timeoutSeconds?: number;
  /** In words, what recovery is to reach. */
  readonly goal: string;
  /** Called with the byte position that replay has reached. */
  readonly onReplayed: (position: number) => void;
}): Promise<Recovered> {
  const { context, server, socketDirectory, port } = options;
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const until = performance.now() + timeoutSeconds * 1000;
  const candidates = [...new Set([...options.candidates, 'postgres'])];
  let lastLogAt = performance.now();
  let lastReason = 'it does not accept connections yet';
  while (performance.now() < until) {
    await sleep(POLL_MILLISECONDS, undefined, { signal: context.signal });
    await server.requireAlive(options.goal);
    if (!(await server.acceptsConnections())) {
      continue;
    }
    try {
      const state = await withRestoredClient(
        {
          socketDirectory,
          port,
          user: candidates[0],
          database: 'template1',
          timeoutSeconds: 10,
        },
        async client => {
          const { rows } = await client.query<{
            in_recovery: boolean;
            is_paused: boolean | null;
            replayed_bytes: number | null;
            replayed_to: string | null;
            superuser: string;
          }>(STATE);
          return rows[0];
        },
      );
      const { superuser } = state;
      if (!state.in_recovery || state.is_paused) {
        return { superuser, state: state.in_recovery ? 'paused' : 'open' };
      }
      options.onReplayed(state.replayed_bytes ?? 0);
      lastReason = `it has replayed to ${state.replayed_to}`;
    } catch (error) {
      const { code, message } = toError(error) as NodeJS.ErrnoException;
      lastReason = message;
      if (code && NO_SUCH_ROLE.includes(code) && candidates.length > 1) {
        candidates.shift();
      }
    }
    if (performance.now() - lastLogAt > LOG_EVERY_MILLISECONDS) {
      lastLogAt = performance.now();
      context.logger.info(`The restored server recovers: ${lastReason}`);
    }
  }
  throw new OperationFailedError({
    cause: `Recovery did not end within ${timeoutSeconds} s: ${lastReason}.`,
    object: socketDirectory,
    nextStep:
      'Check that the object store answers, raise restore.timeoutSeconds, or restore a newer backup.',
    code: 'recovery-not-ended',
  });
}
