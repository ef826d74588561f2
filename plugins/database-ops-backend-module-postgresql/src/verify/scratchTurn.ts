import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import { findProcess, RunContext } from 'backstage-plugin-database-ops-node';

const FILE = '.database-ops-scratch.lock';
const POLL_MILLISECONDS = 1_000;
const TOOL_SECONDS = 10;

/**
 * Lets one verification at a time restore on this machine: each takes a copy's
 * room and the disk's time. Another one waits; what a killed one left counts
 * for nothing.
 */
export async function takeScratchTurn<T>(
  restoreDirectory: string,
  { logger, signal }: Pick<RunContext, 'logger' | 'signal'>,
  use: () => Promise<T>,
): Promise<T> {
  const file = join(restoreDirectory, FILE);
  const own = `${process.pid} ${(await findProcess(process.pid))?.startTime ?? ''}`;
  let said = false;
  for (;;) {
    signal.throwIfAborted();
    if (await create(file, own)) {
      break;
    }
    if (await isLeftBehind(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (!said) {
      said = true;
      logger.info(
        `Another verification restores on this machine; this one waits for its end (${file})`,
      );
    }
    await sleep(POLL_MILLISECONDS, undefined, { signal });
  }
  try {
    return await use();
  } finally {
    await rm(file, { force: true });
  }
}

/** With its content at once: a file without one would tell nobody who left it. */
async function create(file: string, content: string): Promise<boolean> {
  const own = `${file}.${process.pid}-${randomUUID()}`;
  try {
    await writeFile(own, content, { mode: 0o600 });
    await link(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** A later process may have got the same id, not the same start. */
async function isLeftBehind(file: string): Promise<boolean> {
  try {
    const [pid, startTime] = (await readFile(file, 'utf8')).split(' ');
    return (await findProcess(Number(pid)))?.startTime !== startTime;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

/** The disk serves everybody else first, where the machine can do that. */
export async function yieldDisk({
  processes,
  logger,
}: Pick<RunContext, 'processes' | 'logger'>): Promise<void> {
  try {
    await processes.run({
      command: 'ionice',
      args: ['-c', '3', '-p', String(process.pid)],
      cwd: '/',
      timeoutSeconds: TOOL_SECONDS,
    });
  } catch (error) {
    logger.debug(
      `The disk is shared with others as equals: ${toError(error).message}`,
    );
  }
}
