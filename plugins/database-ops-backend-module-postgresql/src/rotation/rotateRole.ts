import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  OperateTarget,
  OperationFailedError,
  parseConfig,
  RotationOutcome,
  RunContext,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { PostgresqlConfig } from '../config';
import { WrittenCredentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { loginsOf, RotationConfig } from './config';
import { CredentialsFile } from './CredentialsFile';
import { rightsOf } from './rights';
import { RENEW_LOGIN } from './rotationSql';
import { scramVerifier } from './scramVerifier';
import { sessionsOf } from './sessionsOf';

const schema = z.object({ role: z.literal('monitoring') });

/** 256 bits: nobody guesses it, and nobody has to type it. */
const PASSWORD_BYTES = 32;
/** For standbys to have the new password. */
const REPLAY_SECONDS = 60;
const RETRY_MILLISECONDS = 500;

const MAY_LOG_IN = 'SELECT rolcanlogin AS may FROM pg_roles WHERE rolname = $1';

const SESSION = { purpose: 'rotation' };

/** What all steps need. */
interface Rotation {
  readonly config: PostgresqlConfig;
  readonly rotation: RotationConfig;
  readonly file: CredentialsFile;
  readonly context: RunContext;
}

/**
 * Renews the monitoring credential: the login of the pair that rests gets a
 * new password, is tried on every member, and is written to the file; after
 * the grace time the other one is ended. Until the file is written the old
 * credential is the one in use, from then on the new one: whatever interrupts
 * it, the one in use works. The file says while the old login is still to be
 * ended, and the next rotation does only that.
 *
 * @throws OperationFailedError naming the member or file and the next step
 */
export async function rotateRole(
  { database }: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<RotationOutcome> {
  const { role } = parseConfig(schema, parameters, 'parameters');
  const { config } = database;
  const work = { ...requireRotation(database.id, config), config, context };
  const written = work.file.read();
  if (written?.endingUsername) {
    context.logger.info(
      `An earlier rotation was interrupted; '${written.endingUsername}' is ended now`,
    );
    return { role, finishedEarlier: true, ...(await finish(work, written)) };
  }
  const current = written ?? {
    username: config.username,
    password: config.password,
  };
  const renewed = await renew(work, current);
  return { role, finishedEarlier: false, ...(await finish(work, renewed)) };
}

function requireRotation(databaseId: string, config: PostgresqlConfig) {
  const { rotation, credentialsFile, tls } = config;
  if (!rotation || !credentialsFile || tls?.mode === 'disable') {
    throw new OperationFailedError({
      cause: `The credential of database '${databaseId}' cannot be rotated: ${tls?.mode === 'disable' ? 'it is not connected to by TLS' : 'postgresql.rotation and postgresql.credentialsFile are not both set'}.`,
      object: databaseId,
      nextStep: 'Configure it as in "Rotation" of the documentation.',
      code: 'rotation-not-configured',
    });
  }
  return { rotation, file: new CredentialsFile(credentialsFile) };
}

/** The resting login gets a password that is proved on every member before anybody else knows it. */
async function renew(
  work: Rotation,
  current: WrittenCredentials,
): Promise<WrittenCredentials> {
  const { rotation, file, context } = work;
  const [a, b] = loginsOf(rotation);
  const username = current.username === a ? b : a;
  const password = new Secret(
    randomBytes(PASSWORD_BYTES).toString('base64url'),
  );
  step(work, `Setting a new password of '${username}'`, 10);
  const rights = await onPrimary(work, current, async login => {
    await login.query(RENEW_LOGIN, [
      username,
      scramVerifier(password.reveal()),
    ]);
    return rightsOf(login, rotation.role);
  });
  step(work, `Signing in as '${username}' on every member`, 30);
  await tryOnAll(work, { username, password }, rights);
  step(work, 'Writing the credentials file', 50);
  const written = {
    username,
    password,
    writtenAt: context.clock(),
    endingUsername: current.username,
  };
  await file.write(written);
  return written;
}

/** Ends the login before, after everybody had the time to read the file. */
async function finish(
  work: Rotation,
  written: WrittenCredentials,
): Promise<Omit<RotationOutcome, 'role' | 'finishedEarlier'>> {
  const { config, rotation, file, context } = work;
  const { username, password, endingUsername = '' } = written;
  const since = (written.writtenAt ?? context.clock()).getTime();
  const graceEnd = since + rotation.graceSeconds * 1000;
  step(work, `Both logins hold until ${new Date(graceEnd).toISOString()}`, 60);
  await sleep(Math.max(0, graceEnd - context.clock().getTime()), undefined, {
    signal: context.signal,
  });
  step(work, `Ending '${endingUsername}'`, 80);
  // Who reads the file has done so in the first half.
  const half = since + rotation.graceSeconds * 500;
  const users = async (login: MemberSession) =>
    sessionsOf(
      login,
      endingUsername,
      (context.clock().getTime() - half) / 1000,
    );
  await assertUnused(work, written, { username: endingUsername, users });
  await onPrimary(work, written, async login => {
    // The second call ends a session that began while the first was not committed.
    await login.query(RENEW_LOGIN, [endingUsername, null]);
    await login.query(RENEW_LOGIN, [endingUsername, null]);
  });
  step(work, `Making sure that '${endingUsername}' is ended`, 90);
  await eachMember(work, written, async login => {
    const [row] = await login.query<{ may: boolean }>(MAY_LOG_IN, [
      endingUsername,
    ]);
    if (row?.may) {
      throw new Error(`'${endingUsername}' may still sign in there`);
    }
    // One may have begun on a standby after the look above.
    const left = await users(login);
    if (left.length > 0) {
      throw new Error(
        `sessions of '${endingUsername}' are left there: ${left.join(', ')}`,
      );
    }
  });
  await file.write({ username, password, writtenAt: written.writtenAt });
  return {
    login: username,
    endedLogin: endingUsername,
    testedOn: config.members.map(({ name }) => name),
  };
}

async function tryOnAll(
  work: Rotation,
  credentials: WrittenCredentials,
  expected: string,
): Promise<void> {
  await eachMember(work, credentials, async login => {
    const rights = await rightsOf(login, work.rotation.role);
    if (rights !== expected) {
      throw new OperationFailedError({
        cause: `'${credentials.username}' has other rights on ${login.member.name} than the login before: ${rights} instead of ${expected}.`,
        object: credentials.username,
        nextStep: `Give rights to '${work.rotation.role}' only, never to one of its logins, then rotate again. The credential in use works.`,
        code: 'rotation-rights-differ',
      });
    }
  });
}

/** Standbys have the change a moment later. */
async function eachMember(
  { config, context }: Rotation,
  credentials: WrittenCredentials,
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

async function onPrimary<T>(
  { config, context }: Rotation,
  credentials: WrittenCredentials,
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

/** Standbys are asked too: ending a login on the primary leaves its sessions there. */
async function assertUnused(
  work: Rotation,
  credentials: WrittenCredentials,
  ending: {
    readonly username: string;
    readonly users: (login: MemberSession) => Promise<readonly string[]>;
  },
): Promise<void> {
  const found: string[] = [];
  await eachMember(work, credentials, async login => {
    const users = await ending.users(login);
    found.push(...users.map(user => `${user} on ${login.member.name}`));
  });
  if (found.length > 0) {
    throw new OperationFailedError({
      cause: `The login '${ending.username}' is still used, by ${found.join(', ')}.`,
      object: ending.username,
      nextStep:
        'Let it read the credentials file as well, end its sessions, then rotate again: it only ends the old login. Both work until then.',
      code: 'rotation-still-used',
    });
  }
}

function step({ context }: Rotation, text: string, percent: number): void {
  context.signal.throwIfAborted();
  context.progress({ step: text, percent });
  context.logger.info(text);
}
