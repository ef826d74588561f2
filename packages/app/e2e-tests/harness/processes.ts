// What the machine says of processes: tests ask it, not the product.
import { readdir, readFile } from 'node:fs/promises';

export interface MachineProcess {
  readonly pid: number;
  readonly groupId: number;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
}

const GONE = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'];

/** Nothing when the process ended meanwhile, or is another account's. */
export async function unlessGone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (GONE.includes((error as NodeJS.ErrnoException).code ?? '')) {
      return undefined;
    }
    throw error;
  }
}

async function inspect(pid: number): Promise<MachineProcess | undefined> {
  const [stat, command, environment] = await Promise.all(
    ['stat', 'cmdline', 'environ'].map(name =>
      unlessGone(readFile(`/proc/${pid}/${name}`, 'utf8')),
    ),
  );
  if (stat === undefined) {
    return undefined;
  }
  // The name in parentheses may hold spaces: fields are counted behind it.
  const [state, , groupId] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === 'Z' || state === 'X') {
    return undefined;
  }
  const words = (text = '') => text.split('\0').filter(word => word !== '');
  return {
    pid,
    groupId: Number(groupId),
    arguments: words(command),
    environment: words(environment),
  };
}

/** Every living process of this machine that this account may look at. */
export async function listProcesses(): Promise<readonly MachineProcess[]> {
  const pids = (await readdir('/proc')).map(Number).filter(Number.isInteger);
  const found = await Promise.all(pids.map(inspect));
  return found.filter(each => each !== undefined);
}

/** The members of a process group, its leader included. */
export async function groupOf(
  leader: number,
): Promise<readonly MachineProcess[]> {
  return (await listProcesses()).filter(({ groupId }) => groupId === leader);
}
