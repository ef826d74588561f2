import { RepositoryDefinition } from '../databases/types';
import { BackupLayout } from './orphans';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long a backup's objects are locked from a moment on.
 *
 * @public
 */
export interface LockTerm {
  readonly until: Date;
  /** One that is locked until then already is left alone, so that a daily run does not touch every object. */
  readonly atLeast: Date;
}

/**
 * The term of locks in a repository: as long as a deleted object can be
 * brought back there, renewed when half of it is over. `undefined` where the
 * bucket has no Object Lock.
 *
 * @public
 */
export function lockTermOf(
  { setup }: Pick<RepositoryDefinition, 'setup'>,
  now: Date,
): LockTerm | undefined {
  if (!setup?.objectLock) {
    return undefined;
  }
  const termMs = setup.noncurrentVersionDays * DAY_MS;
  return {
    until: new Date(now.getTime() + termMs),
    atLeast: new Date(now.getTime() + termMs / 2),
  };
}

/**
 * Locks what a backup of a format of ours consists of, or lengthens its lock.
 * A lock is never shortened. What retention removes later vanishes from the
 * listing at once; the locked version stays until its lock ends.
 *
 * @returns how many objects were locked or locked for longer
 * @public
 */
export async function lockBackup(
  { store, folder }: BackupLayout,
  backupId: string,
  term: LockTerm,
  signal: AbortSignal,
): Promise<number> {
  let locked = 0;
  for await (const { key } of store.list(`${folder}${backupId}/`)) {
    signal.throwIfAborted();
    if (await store.lock?.(key, term)) {
      locked += 1;
    }
  }
  return locked;
}
