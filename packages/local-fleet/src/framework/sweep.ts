import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFleetProcesses, sendSignal } from './processTable';

/** How long processes may take to end by themselves or by an interrupt. */
const GRACE_MILLISECONDS = 5_000;

/**
 * Ends what the members' own stop did not reach: helpers that left their
 * process group, and PostgreSQL servers of restored copies. Returns their ids.
 */
export async function endFleetProcesses(
  directory: string,
): Promise<readonly number[]> {
  const restores = join(directory, 'restores');
  const ended = new Set<number>();
  const deadline = Date.now() + GRACE_MILLISECONDS;
  for (;;) {
    const left = await findFleetProcesses(directory, restores);
    if (left.length === 0) {
      return [...ended];
    }
    const overdue = Date.now() > deadline;
    for (const pid of left) {
      // PostgreSQL's fast shutdown is the interrupt.
      if (overdue || !ended.has(pid)) {
        sendSignal(pid, overdue ? 'SIGKILL' : 'SIGINT');
        ended.add(pid);
      }
    }
    await sleep(100);
  }
}
