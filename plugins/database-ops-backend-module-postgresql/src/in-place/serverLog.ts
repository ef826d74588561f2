import { constants } from 'node:fs';
import { FileHandle, open } from 'node:fs/promises';
import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { Account } from '../restore/account';

/**
 * Makes a log that the server's account may write. That account may own the
 * folder: a link in its place would give it a file of the worker's.
 *
 * @throws OperationFailedError when something else is there
 */
export async function makeServerLog(
  path: string,
  account: Account,
): Promise<void> {
  const log = await openOwn(path);
  try {
    const found = await log.stat();
    if (!found.isFile() || found.nlink !== 1) {
      throw refused(path);
    }
    if (account.uid !== undefined && account.gid !== undefined) {
      await log.chown(account.uid, account.gid);
    }
  } finally {
    await log.close();
  }
}

async function openOwn(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants;
  try {
    return await open(
      path,
      O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
      0o640,
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ELOOP' || code === 'ENXIO' ? refused(path) : error;
  }
}

function refused(path: string): OperationFailedError {
  return new OperationFailedError({
    cause: `${path} is a link, or no file of its own: the server would be given what it leads to.`,
    object: path,
    nextStep:
      'Find out who put it there, and remove it. The source was not touched.',
    code: 'in-place-refused',
  });
}
