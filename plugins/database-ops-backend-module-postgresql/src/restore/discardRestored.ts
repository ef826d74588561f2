import { NotAllowedError } from '@backstage/errors';
import {
  OperateTarget,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { restoreAccount } from './account';
import { ownStanza } from './ownArchive';
import { requireRestore } from './restoreBackup';
import { RestoredServer } from './RestoredServer';
import { requireBelow, RestorePlace } from './RestorePlace';

/** Ends a restored server and removes everything its restore made. Idempotent. */
export async function discardRestored(
  target: OperateTarget<PostgresqlConfig>,
  instance: RestoredInstanceReference,
  context: RunContext,
): Promise<void> {
  const config = requireRestore(target);
  const { directory, restoredInstanceId } = instance;
  await requireBelow(config.directory, target.database.id, directory);
  const account = await restoreAccount(config, context);
  const place = await RestorePlace.open(directory, account);
  if (!place) {
    context.logger.info(`Nothing is left in ${directory}`);
    return;
  }
  if (place.operationId !== restoredInstanceId) {
    throw new NotAllowedError(
      `${directory} belongs to the restore ${place.operationId}, not to ${restoredInstanceId}; nothing was removed.`,
    );
  }
  if (place.isPromoted && context.requestedBy.startsWith('schedule:')) {
    throw new NotAllowedError(
      `The promotion of ${restoredInstanceId} was begun: it may hold what is nowhere else, and its expiry does not remove it. Promote it again, or discard it by hand.`,
    );
  }
  if (place.isPromoted) {
    context.logger.warn(
      `Its promotion was begun: the stanza '${ownStanza(target, place)}' may stay in the repository, with its log and a full backup. Remove it there by hand when nobody wants it.`,
    );
  }
  context.progress({ step: 'Stopping the restored server', percent: 10 });
  const server = new RestoredServer({
    place,
    binDirectory: config.binDirectory ?? '',
    account,
    processes: context.processes,
  });
  await server.stop();
  context.progress({ step: 'Removing its files', percent: 40 });
  await place.remove();
}
