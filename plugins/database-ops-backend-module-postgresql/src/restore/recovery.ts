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

const STATE = `
SELECT pg_is_in_recovery() AS in_recovery,
       pg_last_wal_replay_lsn()::text AS replayed_to,
       (SELECT rolname FROM pg_roles WHERE rolsuper ORDER BY oid = 10 DESC, rolcanlogin DESC LIMIT 1) AS superuser`;

/**
 * Waits until the server has left recovery.
 *
 * @param options.candidates - roles that may exist, to look in with
 * @returns the name of the bootstrap superuser
 * @throws OperationFailedError when the server dies or takes too long
 */
export async function waitForRecovery(options: {
  readonly context: RunContext;
  readonly server: RestoredServer;
  readonly socketDirectory: string;
  readonly port: number;
  readonly candidates: readonly string[];
  readonly timeoutSeconds?: number;
}): Promise<string> {
  const { context, server, socketDirectory, port } = options;
  const timeoutSeconds = options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  const until = performance.now() + timeoutSeconds * 1000;
  const candidates = [...new Set([...options.candidates, 'postgres'])];
  let lastLogAt = performance.now();
  let lastReason = 'it does not accept connections yet';
  while (performance.now() < until) {
    await sleep(POLL_MILLISECONDS, undefined, { signal: context.signal });
    await server.requireAlive();
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
            replayed_to: string | null;
            superuser: string;
          }>(STATE);
          return rows[0];
        },
      );
      if (!state.in_recovery) {
        return state.superuser;
      }
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
