import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Line of `postmaster.pid` that tells the server's state, see PostgreSQL's `utils/pidfile.h`. */
const STATUS_LINE = 7;

/** Lines of the pid file; none when there is none. */
async function pidFile(dataDirectory: string): Promise<readonly string[]> {
  try {
    const file = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8');
    return file.split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

/** Whether a server lets sessions in, at least to read. */
export async function acceptsConnections(
  dataDirectory: string,
): Promise<boolean> {
  const status = (await pidFile(dataDirectory)).at(STATUS_LINE)?.trim() ?? '';
  return status === 'ready' || status === 'standby';
}

/** Whether it was told to stop: it lets nobody in any more, and never again. */
export async function isStopping(dataDirectory: string): Promise<boolean> {
  const status = (await pidFile(dataDirectory)).at(STATUS_LINE)?.trim();
  return status === 'stopping';
}

/**
 * The process that serves a data directory. A pid file may be stale and its
 * number taken by another process: it counts only when that process works in
 * this directory, as a PostgreSQL server does.
 */
export async function serverPid(
  dataDirectory: string,
): Promise<number | undefined> {
  const pid = Number((await pidFile(dataDirectory)).at(0));
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) {
    return undefined;
  }
  if (process.platform !== 'linux') {
    return pid;
  }
  try {
    const place = await readlink(`/proc/${pid}/cwd`);
    return place === (await realpath(dataDirectory)) ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another account: it lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
