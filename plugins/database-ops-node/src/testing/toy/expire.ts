import { RunContext } from '../../engine/types';
import { removeBackup, removeOrphans } from '../../expiry/orphans';
import { ExpireOutcome, ExpireRequest } from '../../expiry/types';

/** A backup that has written nothing for so long is not coming any more. */
const ORPHAN_GRACE_SECONDS = 24 * 60 * 60;

/** Removes backups of a format of ours, and data whose manifest never came. */
export async function expireToyBackups(
  folder: string,
  request: ExpireRequest,
  { store, signal, logger, progress, clock }: RunContext,
): Promise<ExpireOutcome> {
  const layout = { store, folder, manifest: 'manifest.json' };
  for (const [index, id] of request.remove.entries()) {
    signal.throwIfAborted();
    logger.info(`Removing backup ${id}`);
    await removeBackup(layout, id, signal);
    progress({
      step: 'Removing',
      percent: 10 + (70 * (index + 1)) / request.remove.length,
    });
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
