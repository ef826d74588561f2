import { lstat, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { NotAllowedError } from '@backstage/errors';

/** A Unix socket's path has at most 107 bytes; PostgreSQL appends `/.s.PGSQL.<port>`. */
const LONGEST_SOCKET_FOLDER = 85;
const SHORT_PREFIX = 'dbops-restore-';
/** `mkdtemp` appends six characters. */
const SHORT_NAME = new RegExp(`^${SHORT_PREFIX}[A-Za-z0-9]{6}$`);

function insideOf(directory: string): string {
  return join(resolve(directory), 'run');
}

/** Where a restore's socket lies: in its folder, or below the temporary folder when that path is too long. */
export async function chooseSocketFolder(directory: string): Promise<string> {
  const inside = insideOf(directory);
  return Buffer.byteLength(inside) <= LONGEST_SOCKET_FOLDER
    ? inside
    : mkdtemp(join(resolve(tmpdir()), SHORT_PREFIX));
}

/**
 * That a socket folder is one this restore can have made. The account of the
 * restored server can rewrite the marker that names it, and it is removed with
 * the rights of the worker.
 *
 * @throws NotAllowedError when it is another place, or a link
 */
export async function requireOwnSocketFolder(
  directory: string,
  socketFolder: string,
): Promise<void> {
  if (socketFolder === insideOf(directory)) {
    return;
  }
  const refused = () =>
    new NotAllowedError(
      `The marker in ${directory} names ${socketFolder} as the restore's socket folder, which no restore of this place makes; nothing was removed. Look at both, then remove them by hand.`,
    );
  if (
    socketFolder !== resolve(socketFolder) ||
    dirname(socketFolder) !== resolve(tmpdir()) ||
    !SHORT_NAME.test(basename(socketFolder))
  ) {
    throw refused();
  }
  try {
    if (!(await lstat(socketFolder)).isDirectory()) {
      throw refused();
    }
  } catch (error) {
    // An interrupted removal has removed it already.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
}
