import { InputError, NotAllowedError, toError } from '@backstage/errors';
import { JsonObject, JsonValue } from '@backstage/types';
import {
  MaintainedObject,
  MaintainOutcome,
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { Client, DatabaseError } from 'pg';
import { PostgresqlConfig } from '../config';
import { grantedRole } from '../rotation/config';
import { withMember, withPrimary } from '../sessions/withMember';
import { actionOf, serverOf } from './actions';
import { MaintenanceConfig } from './config';
import { dropLeftovers, Leftover, leftoversBeside } from './leftovers';
import { inOrder, requireMaintenance } from './preview';
import { runCommand } from './runCommand';
import { Candidate, MaintainedServer, MaintenanceActionKind } from './types';

const LOCK_NOT_AVAILABLE = '55P03';
const QUERY_CANCELED = '57014';
const LOOK_SECONDS = 30;

/** Two sessions of the maintenance role on the primary. */
interface Sessions {
  /** Runs the commands. */
  readonly worker: Client;
  /** Looks at what the worker does, and cleans up after it. */
  readonly watcher: MaintainedServer;
}

/**
 * Carries out an action on the named objects, one after the other: each is
 * found in the catalog by the name that the server gives it, and the command
 * is made there. Objects that were done before a failure stay done.
 *
 * @throws OperationFailedError naming the object and what to do
 */
export async function maintain(
  { database }: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<MaintainOutcome> {
  const role = requireMaintenance(database);
  const action = actionOf(parameters.action);
  const { config } = database;
  const purpose = { application: 'maintenance', as: role };
  return withPrimary(
    config,
    { ...purpose, statementSeconds: LOOK_SECONDS },
    (client, member) =>
      withMember(
        config,
        member,
        { ...purpose, statementSeconds: role.statementTimeoutSeconds },
        async worker => {
          await prepare(worker, client, role);
          const watcher = await serverOf(client, grantedRole(role));
          const chosen = choose(
            action,
            await candidatesOf(action, watcher),
            parameters.objects,
          );
          const items: MaintainedObject[] = [];
          for (const [index, candidate] of chosen.entries()) {
            items.push(
              await maintainOne(
                { worker, watcher },
                { action, candidate, role },
                context,
                {
                  from: index / chosen.length,
                  to: (index + 1) / chosen.length,
                },
              ),
            );
          }
          return {
            action: action.id,
            sentence:
              items.length === 0
                ? `${action.title}: nothing on ${member.name} needs it.`
                : `${action.title}: ${items.length} done on ${member.name}.`,
            items,
          };
        },
      ),
  );
}

/** A worker that vanishes must not leave its command running for hours. */
async function prepare(
  worker: Client,
  watcher: Client,
  { lockTimeoutSeconds }: MaintenanceConfig,
): Promise<void> {
  for (const client of [worker, watcher]) {
    await client.query(`SELECT set_config('lock_timeout', $1, false)`, [
      `${lockTimeoutSeconds}s`,
    ]);
  }
  await worker.query(
    `SELECT set_config('client_connection_check_interval', '5s', false)
     WHERE EXISTS (SELECT FROM pg_settings WHERE name = 'client_connection_check_interval')`,
  );
}

async function candidatesOf(
  action: MaintenanceActionKind,
  server: MaintainedServer,
): Promise<readonly Candidate[]> {
  const found = await action.candidates(server);
  if ('nothing' in found) {
    throw new InputError(`${action.title} is not possible: ${found.nothing}`);
  }
  return found;
}

/** @throws InputError for a name that the catalog does not have, NotAllowedError for one out of reach */
function choose(
  { id, title }: MaintenanceActionKind,
  candidates: readonly Candidate[],
  wanted: JsonValue | undefined,
): readonly Candidate[] {
  if (wanted === undefined) {
    return inOrder(candidates).filter(
      ({ suggested, missingRight }) => suggested && !missingRight,
    );
  }
  const names = Array.isArray(wanted) ? wanted : [wanted];
  const byName = new Map(candidates.map(item => [item.object, item]));
  return names.map(name => {
    const found = typeof name === 'string' ? byName.get(name) : undefined;
    if (!found) {
      throw new InputError(
        `${title} knows no object '${String(name)}' in this database; take the names from the preview of '${id}'.`,
      );
    }
    if (found.missingRight) {
      throw new NotAllowedError(found.missingRight);
    }
    return found;
  });
}

async function maintainOne(
  { worker, watcher }: Sessions,
  step: {
    readonly action: MaintenanceActionKind;
    readonly candidate: Candidate;
    readonly role: MaintenanceConfig;
  },
  { logger, progress, signal }: RunContext,
  range: { readonly from: number; readonly to: number },
): Promise<MaintainedObject> {
  const { action, candidate } = step;
  const { object, command } = candidate;
  const percent = (share: number) =>
    Math.round(100 * (range.from + (range.to - range.from) * share));
  progress({ step: command, percent: percent(0) });
  const known = await invalidBeside(watcher, candidate);
  logger.info(command);
  try {
    const before = await action.measure(watcher, object);
    const startedAt = performance.now();
    await runCommand({
      worker,
      watcher: watcher.client,
      command,
      signal,
      onProgress: ({ phase, share }) =>
        progress({ step: `${object}: ${phase}`, percent: percent(share) }),
    });
    const seconds = (performance.now() - startedAt) / 1000;
    const after = await action.measure(watcher, object);
    logger.info(
      `${object}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
    );
    return { object, command, seconds, before, after };
  } catch (error) {
    const note = await cleanUp(watcher, candidate, known, message =>
      logger.warn(message),
    );
    throw explained(error, step, note, signal);
  }
}

async function invalidBeside(
  { client }: MaintainedServer,
  { indexOid }: Candidate,
): Promise<readonly Leftover[]> {
  return indexOid === undefined ? [] : leftoversBeside(client, indexOid);
}

async function cleanUp(
  { client }: MaintainedServer,
  { indexOid }: Candidate,
  known: readonly Leftover[],
  say: (message: string) => void,
): Promise<string> {
  if (indexOid === undefined) {
    return '';
  }
  let dropped: readonly string[];
  try {
    dropped = await dropLeftovers(client, indexOid, known);
  } catch (error) {
    // A cancelled operation does not tell why its verb failed; its log does.
    say(toError(error).message);
    throw error;
  }
  if (dropped.length === 0) {
    return '';
  }
  const note = `The half-made index ${dropped.join(', ')} was dropped.`;
  say(note);
  return ` ${note}`;
}

function explained(
  error: unknown,
  {
    candidate,
    role,
  }: { readonly candidate: Candidate; readonly role: MaintenanceConfig },
  note: string,
  signal: AbortSignal,
): unknown {
  if (signal.aborted || !(error instanceof DatabaseError)) {
    return error;
  }
  const { object, command } = candidate;
  if (error.code === LOCK_NOT_AVAILABLE) {
    return new OperationFailedError(
      {
        cause: `${command} did not get its lock within ${role.lockTimeoutSeconds} s: somebody holds ${object}, or a transaction that is older is still open.${note}`,
        object,
        nextStep:
          'Look at the sessions for who holds it, then try again; or raise postgresql.maintenance.lockTimeoutSeconds.',
        code: 'maintenance-locked',
      },
      error,
    );
  }
  return new OperationFailedError(
    {
      cause: `${command} failed: ${error.message}.${note}`,
      object,
      nextStep:
        error.code === QUERY_CANCELED
          ? 'Somebody cancelled it, or it ran longer than postgresql.maintenance.statementTimeoutSeconds; try again when the database is quieter.'
          : 'Correct what the server says, then try again.',
      code: 'maintenance-failed',
    },
    error,
  );
}
