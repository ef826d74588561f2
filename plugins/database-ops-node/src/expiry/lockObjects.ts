import { ObjectStore } from '../store/ObjectStore';
import { LockTerm } from './objectLock';

/** Enough to hide the store's delay, few enough to leave it to restores and the archive. */
const CONCURRENCY = 8;

/**
 * Locks objects, a few at a time, or finds them locked for long enough. Begins
 * no more when one failed or time is up; those that were begun end first.
 *
 * @returns how many were not reached in time
 * @throws what the first one failed with
 * @public
 */
export async function lockObjects(
  store: ObjectStore,
  keys: Iterable<string>,
  options: {
    readonly term: LockTerm;
    readonly signal: AbortSignal;
    /** Of `performance.now()`. */
    readonly deadlineMs: number;
    /** An object is locked until then. */
    readonly onLocked: (key: string, until: Date) => void;
  },
): Promise<number> {
  const { term, signal, deadlineMs, onLocked } = options;
  const waiting = [...keys];
  const total = waiting.length;
  let next = 0;
  const failures: unknown[] = [];
  const work = async () => {
    while (next < total && failures.length === 0) {
      if (signal.aborted || performance.now() > deadlineMs) {
        return;
      }
      const key = waiting[next];
      next += 1;
      try {
        const lock = await store.lock?.(key, term);
        if (lock) {
          onLocked(key, lock.until);
        }
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  signal.throwIfAborted();
  if (failures.length > 0) {
    throw failures[0];
  }
  return total - next;
}
