import { RepositoryDefinition } from '../../databases/types';
import { RunContext } from '../../engine/types';
import { lockBackup, lockTermOf } from '../../expiry/objectLock';
import {
  BackupLayout,
  removeBackup,
  removeOrphans,
} from '../../expiry/orphans';
import { ExpireOutcome, ExpireRequest } from '../../expiry/types';

/** A backup that has written nothing for so long is not coming any more. */
const ORPHAN_GRACE_SECONDS = 24 * 60 * 60;

function layoutOf(folder: string, { store }: RunContext): BackupLayout {
  return { store, folder, manifest: 'manifest.json' };
}

/** Locks a new backup where the repository has Object Lock. */
export async function lockToyBackup(
  folder: string,
  backupId: string,
  { repository }: { readonly repository: RepositoryDefinition },
  context: RunContext,
): Promise<void> {
  const term = lockTermOf(repository, context.clock());
  if (term) {
    await lockBackup(layoutOf(folder, context), backupId, term, context.signal);
  }
}

/** Removes backups of a format of ours, and data whose manifest never came; locks of what stays are renewed. */
export async function expireToyBackups(
  folder: string,
  request: ExpireRequest,
  repository: RepositoryDefinition,
  context: RunContext,
): Promise<ExpireOutcome> {
  const { signal, logger, progress, clock } = context;
  const layout = layoutOf(folder, context);
  for (const [index, id] of request.remove.entries()) {
    signal.throwIfAborted();
    logger.info(`Removing backup ${id}`);
    await removeBackup(layout, id, signal);
    progress({
      step: 'Removing',
      percent: 10 + (70 * (index + 1)) / request.remove.length,
    });
  }
  for (const id of request.keep) {
    await lockToyBackup(folder, id, { repository }, context);
  }
  const orphans = await removeOrphans(layout, {
    now: clock(),
    graceSeconds: ORPHAN_GRACE_SECONDS,
    signal,
    onOrphan: ({ prefix, objects, sizeBytes, removed }) =>
      logger.info(
        `${prefix} has ${objects} objects (${sizeBytes} bytes) without a manifest; ${removed ? 'they are removed' : 'too young to be removed'}`,
      ),
  });
  return { orphans };
}
