import { readFile, readdir, readlink } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import { hasCode } from './paths';
import { runTool } from './runTool';

/** The variable that marks every process of a fleet; its value is the fleet's folder. */
export const FLEET_VARIABLE = 'LOCAL_FLEET';

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // A process may end between two looks, and another account's is none of ours.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some(c => hasCode(error, c))) {
      return undefined;
    }
    throw error;
  }
}

/**
 * When the process started, in the system's own notation; undefined when it is
 * gone or only a zombie. With the id it tells a process from a later one that
 * got the same id.
 */
export async function processStartTime(
  pid: number,
): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const text = await readProc(`/proc/${pid}/stat`);
    if (text === undefined) {
      return undefined;
    }
    // The name in parentheses may hold spaces: fields are counted behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  }
  // Without -p for one process: ps fails when that one is gone.
  const listing = await runTool('ps', ['-axo', 'pid=,stat=,lstart=']);
  const line = listing
    .split('\n')
    .map(row => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(row))
    .find(match => Number(match?.[1]) === pid);
  return line?.[2]?.startsWith('Z') ? undefined : line?.[3]?.trim();
}

/** Sends a signal; false when there was no such process (group: negative id). */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'ESRCH')) {
      return false;
    }
    throw error;
  }
}

/**
 * Processes that carry the fleet's mark in their environment, or PostgreSQL
 * servers that run in its folder of restored copies. Members set up process
 * groups and sessions of their own, so neither group nor parent finds them all.
 * Only Linux tells; elsewhere the list is empty and process groups must do.
 */
export async function findFleetProcesses(
  directory: string,
  restores: string,
): Promise<number[]> {
  if (process.platform !== 'linux') {
    return [];
  }
  const mark = `${FLEET_VARIABLE}=${directory}`;
  const found: number[] = [];
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) {
      continue;
    }
    const environment = await readProc(`/proc/${pid}/environ`);
    const marked = environment?.split('\0').includes(mark) === true;
    if (
      (marked || (await isRestoredServer(pid, restores))) &&
      (await processStartTime(pid)) !== undefined
    ) {
      found.push(pid);
    }
  }
  return found;
}

async function isRestoredServer(
  pid: number,
  restores: string,
): Promise<boolean> {
  try {
    const folder = await readlink(`/proc/${pid}/cwd`);
    if (!folder.startsWith(restores + sep)) {
      return false;
    }
    return basename(await readlink(`/proc/${pid}/exe`)) === 'postgres';
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].some(c => hasCode(error, c))) {
      return false;
    }
    throw error;
  }
}
