import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { loginsOf } from './config';
import { CredentialsFile } from './CredentialsFile';
import { eachMember, onPrimary } from './members';
import { rightsOf } from './rights';
import { RotatedRole, rotatedRoles } from './rotatedRoles';
import { RENEW_LOGIN } from './rotationSql';
import { scramVerifier } from './scramVerifier';
import { sessionsOf } from './sessionsOf';

const schema = z.object({ role: z.string() });

/** 256 bits: nobody guesses it, and nobody has to type it. */
const PASSWORD_BYTES = 32;

const MAY_LOG_IN = 'SELECT rolcanlogin AS may FROM pg_roles WHERE rolname = $1';

/** What all steps need. */
interface Rotation {
  readonly config: PostgresqlConfig;
  readonly role: RotatedRole;
  readonly file: CredentialsFile;
  readonly context: RunContext;
}

/**
 * Renews one of the tool's credentials: the login of the pair that rests gets a
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
  const { role: id } = parseConfig(schema, parameters, 'parameters');
  const { config } = database;
  const work = { ...requireRotation(database.id, config, id), config, context };
  const written = work.file.read();
  if (written?.endingUsername) {
    context.logger.info(
      `An earlier rotation was interrupted; '${written.endingUsername}' is ended now`,
    );
    return {
      role: id,
      finishedEarlier: true,
      ...(await finish(work, written)),
    };
  }
  const { username, password } = work.role.source;
  const renewed = await renew(work, written ?? { username, password });
  return { role: id, finishedEarlier: false, ...(await finish(work, renewed)) };
}

function requireRotation(
  databaseId: string,
  config: PostgresqlConfig,
  id: string,
) {
  const refused = (why: string) =>
    new OperationFailedError({
      cause: `The credential '${id}' of database '${databaseId}' cannot be rotated: ${why}.`,
      object: databaseId,
      nextStep: 'Configure it as in "Rotation" of the documentation.',
      code: 'rotation-not-configured',
    });
  if (config.tls?.mode === 'disable') {
    throw refused('the database is not connected to by TLS');
  }
  const role = rotatedRoles(config).find(known => known.id === id);
  if (!role?.source.credentialsFile) {
    throw refused('it has no keys rotation and credentialsFile');
  }
  return { role, file: new CredentialsFile(role.source.credentialsFile) };
}

/** The resting login gets a password that is proved on every member before anybody else knows it. */
async function renew(
  work: Rotation,
  current: WrittenCredentials,
): Promise<WrittenCredentials> {
  const { role, file, context } = work;
  const { rotation } = role;
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
  const { config, file, context } = work;
  const { rotation } = work.role;
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
    const rights = await rightsOf(login, work.role.rotation.role);
    if (rights !== expected) {
      throw new OperationFailedError({
        cause: `'${credentials.username}' has other rights on ${login.member.name} than the login before: ${rights} instead of ${expected}.`,
        object: credentials.username,
        nextStep: `Give rights to '${work.role.rotation.role}' only, never to one of its logins, and settings to both of them, then rotate again. The credential in use works.`,
        code: 'rotation-rights-differ',
      });
    }
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
