// The members of a database, as a rotation signs in to them.
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { Credentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';

/** For standbys to have the new password. */
const REPLAY_SECONDS = 60;
const RETRY_MILLISECONDS = 500;

const SESSION = { purpose: 'rotation' };

interface Reach {
  readonly config: PostgresqlConfig;
  readonly context: RunContext;
}

/**
 * Has every member checked as a credential: standbys have a change a moment later.
 *
 * @throws OperationFailedError naming the member that does not come to it
 */
export async function eachMember(
  { config, context }: Reach,
  credentials: Credentials,
  check: (login: MemberSession) => Promise<void>,
): Promise<void> {
  for (const member of config.members) {
    const deadline = performance.now() + REPLAY_SECONDS * 1000;
    for (;;) {
      context.signal.throwIfAborted();
      try {
        const login = await MemberSession.open(
          config,
          member,
          credentials,
          SESSION,
        );
        try {
          await check(login);
        } finally {
          await login.close();
        }
        break;
      } catch (error) {
        if (error instanceof OperationFailedError) {
          throw error;
        }
        if (performance.now() > deadline) {
          throw new OperationFailedError({
            cause: `'${credentials.username}' does not work as it should on ${member.name}: ${toError(error).message}.`,
            object: member.name,
            nextStep:
              'Repair that member or its replication, then rotate again: it goes on where it stopped. The credential in use works.',
            code: 'rotation-not-everywhere',
          });
        }
        await sleep(RETRY_MILLISECONDS, undefined, { signal: context.signal });
      }
    }
  }
}

/** @throws OperationFailedError when no primary lets the credential in, or it refuses */
export async function onPrimary<T>(
  { config, context }: Reach,
  credentials: Credentials,
  use: (login: MemberSession) => Promise<T>,
): Promise<T> {
  const reasons: string[] = [];
  for (const member of config.members) {
    context.signal.throwIfAborted();
    let login: MemberSession;
    try {
      login = await MemberSession.open(config, member, credentials, SESSION);
    } catch (error) {
      reasons.push(`${member.name}: ${toError(error).message}`);
      continue;
    }
    try {
      if (await login.isPrimary()) {
        return await use(login);
      }
      reasons.push(`${member.name} is a standby`);
    } catch (error) {
      if (error instanceof OperationFailedError) {
        throw error;
      }
      throw new OperationFailedError({
        cause: `${member.name} refused the rotation: ${toError(error).message}.`,
        object: member.name,
        nextStep:
          'Make the roles and the function that "dbops postgresql configure" renders, then rotate again.',
        code: 'rotation-refused',
      });
    } finally {
      await login.close();
    }
  }
  throw new OperationFailedError({
    cause: `No primary could be signed in to as '${credentials.username}' (${reasons.join('; ')}).`,
    object: config.members.map(({ name }) => name).join(', '),
    nextStep: 'Start the primary or correct the credential, then rotate again.',
    code: 'rotation-no-primary',
  });
}
