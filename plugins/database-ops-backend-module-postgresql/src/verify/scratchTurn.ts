import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import {
  findProcess,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';

const FILE = '.database-ops-scratch.lock';
const POLL_MILLISECONDS = 1_000;
const TOOL_SECONDS = 10;
/** Half of what a verification may take unless configured: what is left is for its own restore. */
const WAIT_SECONDS = 10_800;

/**
 * Lets one verification at a time restore on this machine: each takes a copy's
 * room and the disk's time. Another one waits; what a killed one left counts
 * for nothing.
 *
 * @throws OperationFailedError when the turn does not come in time
 */
export async function takeScratchTurn<T>(
  restoreDirectory: string,
  {
    logger,
    signal,
    waitSeconds = WAIT_SECONDS,
  }: Pick<RunContext, 'logger' | 'signal'> & { readonly waitSeconds?: number },
  use: () => Promise<T>,
): Promise<T> {
  const file = join(restoreDirectory, FILE);
  // A process may take two turns: the last word tells them apart.
  const own = `${process.pid} ${(await findProcess(process.pid))?.startTime ?? ''}\n${randomUUID()}`;
  const deadline = performance.now() + waitSeconds * 1000;
  let said = false;
  for (;;) {
    signal.throwIfAborted();
    if (await create(file, own)) {
      break;
    }
    const holder = await contentOf(file);
    if (holder === undefined) {
      continue;
    }
    if (await hasEnded(holder)) {
      await removeOnly(file, holder);
      continue;
    }
    if (performance.now() > deadline) {
      throw new OperationFailedError({
        cause: `Another verification (process ${processIdOf(holder)}) restores on this machine and did not end within ${waitSeconds} s.`,
        object: restoreDirectory,
        nextStep:
          'Look for what it waits for, or plan the verifications of this machine further apart, then run this one again.',
        code: 'scratch-turn-taken',
      });
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
    await removeOnly(file, own);
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
    if (isCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** `undefined` when there is no file. */
async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Removes the turn only if it is still that one: it is moved aside first, for
 * another one that found the same killed holder may have taken it over between
 * a look and a removal. One that was not meant is put back.
 */
export async function removeOnly(file: string, content: string): Promise<void> {
  if ((await contentOf(file)) !== content) {
    return;
  }
  const aside = `${file}.${process.pid}-${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== content) {
      await link(aside, file);
    }
  } catch (error) {
    // Somebody else moved it, or began a turn in between.
    if (!isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) {
      throw error;
    }
  } finally {
    await rm(aside, { force: true });
  }
}

function processIdOf(content: string): number {
  return Number(content.split(' ', 1)[0]);
}

/** A later process may have got the same id, not the same start. */
async function hasEnded(content: string): Promise<boolean> {
  const [holder] = content.split('\n');
  const startTime = holder.slice(holder.indexOf(' ') + 1);
  return (await findProcess(processIdOf(content)))?.startTime !== startTime;
}

function isCode(error: unknown, code: string): boolean {
  return (error as NodeJS.ErrnoException).code === code;
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
