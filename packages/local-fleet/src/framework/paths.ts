import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { chmod, lstat, mkdir, realpath, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import { ConflictError, NotFoundError } from '@backstage/errors';
import { runTool } from './runTool';

/** The account that servers run as when the fleet is started by root. */
export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The checkout this package lies in; its `.tools` folder holds what set-up installed. */
// eslint-disable-next-line no-restricted-syntax -- private package, run from source only
export function repositoryRoot(from: string = __dirname): string {
  const { root } = parse(from);
  for (let folder = from; folder !== root; folder = dirname(folder)) {
    if (existsSync(join(folder, 'yarn.lock'))) {
      return folder;
    }
  }
  throw new NotFoundError(
    `No yarn.lock above ${from}; run the local fleet from a checkout of this repository`,
  );
}

/** PostgreSQL refuses to run as root, so a fleet of root's runs its servers as `postgres`. */
export async function findServiceUser(): Promise<ServiceUser | undefined> {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const name = 'postgres';
  const id = async (flag: '-u' | '-g') =>
    Number(await runTool('id', [flag, name]));
  try {
    return { name, uid: await id('-u'), gid: await id('-g') };
  } catch (error) {
    throw new NotFoundError(
      `The account ${name} does not exist; install the PostgreSQL package of this system, which creates it, or start the fleet as an ordinary user`,
      error,
    );
  }
}

/** Whether an account other than root can reach the folder through all of its parents. */
async function isTraversable(
  path: string,
  user: ServiceUser,
): Promise<boolean> {
  const { root } = parse(path);
  for (let folder = path; folder !== root; folder = dirname(folder)) {
    if (!existsSync(folder)) {
      continue;
    }
    const { mode, uid, gid } = await stat(folder);
    const group = gid === user.gid ? constants.S_IXGRP : constants.S_IXOTH;
    const needed = uid === user.uid ? constants.S_IXUSR : group;
    if ((mode & needed) === 0) {
      return false;
    }
  }
  return true;
}

export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}

/**
 * Makes the fleet's folder and returns its real path. Where the service user
 * cannot reach the wanted place (a checkout in root's home), the folder is made
 * below the system's temporary folder and the wanted path becomes a link to it.
 */
export async function prepareDirectory(
  wanted: string,
  user: ServiceUser | undefined,
  log: (message: string) => void,
): Promise<string> {
  if (existsSync(wanted)) {
    return realpath(wanted);
  }
  if (!user || (await isTraversable(dirname(wanted), user))) {
    await mkdir(wanted, { recursive: true, mode: 0o755 });
    await chmod(wanted, 0o755);
    return realpath(wanted);
  }
  const elsewhere = join(tmpdir(), `local-fleet-${shortHash(wanted)}`);
  await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  const found = await lstat(elsewhere);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new ConflictError(
      `${elsewhere} belongs to somebody else; remove it or choose another folder with --directory`,
    );
  }
  await chmod(elsewhere, 0o755);
  if ((await lstat(wanted).catch(absent))?.isSymbolicLink() !== true) {
    await mkdir(dirname(wanted), { recursive: true });
    await symlink(elsewhere, wanted);
  }
  log(
    `${user.name} cannot reach ${wanted}; the fleet lives in ${elsewhere} and ${wanted} links to it`,
  );
  return realpath(elsewhere);
}

/** For `.catch(absent)`: a missing file is an answer, any other failure is not. */
export function absent(error: unknown): undefined {
  if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) {
    return undefined;
  }
  throw error;
}

export function hasCode(error: unknown, code: string): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    error.code === code
  );
}
