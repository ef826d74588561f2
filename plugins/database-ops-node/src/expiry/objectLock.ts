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
 * How a lock is found or left.
 *
 * @public
 */
export interface ObjectLock {
  /** Whether it had to be locked, or for longer. */
  readonly renewed: boolean;
  readonly until: Date;
}

/**
 * The term of locks in a repository: as long as a deleted object can be
 * brought back there, renewed when no more than a share of it is left.
 * `undefined` where the bucket has no Object Lock.
 *
 * @param renewAtShare - half of it when not given
 * @public
 */
export function lockTermOf(
  { setup }: Pick<RepositoryDefinition, 'setup'>,
  now: Date,
  renewAtShare = 0.5,
): LockTerm | undefined {
  if (!setup?.objectLock) {
    return undefined;
  }
  const termMs = setup.noncurrentVersionDays * DAY_MS;
  return {
    // Stores keep whole seconds.
    until: new Date(Math.floor((now.getTime() + termMs) / 1000) * 1000),
    atLeast: new Date(now.getTime() + termMs * renewAtShare),
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
    if ((await store.lock?.(key, term))?.renewed) {
      locked += 1;
    }
  }
  return locked;
}
