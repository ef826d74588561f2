import { readdir, readFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isError } from '@backstage/errors';

const KILL_ATTEMPTS = 100;
const KILL_PAUSE_MS = 50;

/**
 * A living process. Zombies count as ended.
 *
 * @public
 */
export interface ProcessEntry {
  readonly processId: number;
  readonly groupId: number;
  /** Tells a process from a later one that got the same id; compare only. */
  readonly startTime: string;
}

/**
 * The process of an id, or `undefined` when it has ended.
 *
 * @public
 */
export async function findProcess(
  processId: number,
): Promise<ProcessEntry | undefined> {
  if (process.platform === 'linux') {
    return readProcessEntry(processId);
  }
  return (await listByPs()).find(entry => entry.processId === processId);
}

/**
 * The living processes of a process group.
 *
 * @public
 */
export async function listProcessGroup(
  groupId: number,
): Promise<readonly ProcessEntry[]> {
  if (process.platform !== 'linux') {
    return (await listByPs()).filter(entry => entry.groupId === groupId);
  }
  const ids = (await readdir('/proc'))
    .filter(name => /^\d+$/.test(name))
    .map(Number);
  const entries = await Promise.all(ids.map(readProcessEntry));
  return entries.filter(
    (entry): entry is ProcessEntry =>
      entry !== undefined && entry.groupId === groupId,
  );
}

/**
 * Kills what lives in a process group, except some, and waits until it is gone.
 *
 * @throws Error naming the processes that do not end.
 * @public
 */
export async function killProcessGroup(
  groupId: number,
  except: readonly number[] = [],
): Promise<void> {
  for (let attempt = 0; attempt < KILL_ATTEMPTS; attempt++) {
    // Looked up again each time: a process may have been forked meanwhile.
    const members = await listProcessGroup(groupId);
    const doomed = members.filter(entry => !except.includes(entry.processId));
    if (doomed.length === 0) {
      return;
    }
    doomed.forEach(entry => sendSignal(entry.processId, 'SIGKILL'));
    await sleep(KILL_PAUSE_MS);
  }
  const left = (await listProcessGroup(groupId)).map(entry => entry.processId);
  throw new Error(
    `Processes ${left.join(', ')} of group ${groupId} do not end after SIGKILL; they wait for a device or a mount. Look at it with 'ps -o pid,stat,wchan'.`,
  );
}

/**
 * Sends a signal; false when the process had ended already.
 *
 * @public
 */
export function sendSignal(processId: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(processId, signal);
  } catch (error) {
    if (isError(error) && error.code === 'ESRCH') {
      return false;
    }
    throw error;
  }
}

async function readProcessEntry(
  processId: number,
): Promise<ProcessEntry | undefined> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${processId}/stat`, 'utf8');
  } catch (error) {
    if (isError(error) && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
  // The name in parentheses may hold blanks; see proc(5). After it: state, ppid, pgrp, …, starttime (22nd).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') {
    return undefined;
  }
  return { processId, groupId: Number(fields[2]), startTime: fields[19] };
}

async function listByPs(): Promise<readonly ProcessEntry[]> {
  const { stdout } = await promisify(execFile)('ps', [
    '-A',
    '-o',
    'pid=,pgid=,stat=,lstart=',
  ]);
  return stdout.split('\n').flatMap(line => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+)$/.exec(line);
    return match && !match[3].startsWith('Z')
      ? [
          {
            processId: Number(match[1]),
            groupId: Number(match[2]),
            startTime: match[4].trim(),
          },
        ]
      : [];
  });
}
