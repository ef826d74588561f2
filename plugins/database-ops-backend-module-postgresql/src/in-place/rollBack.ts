import { NotAllowedError } from '@backstage/errors';
import {
  OperateTarget,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { requireNoPromotion } from './checks';
import { runsInPlace } from './comeBack';
import { openInPlace } from './openInPlace';
import { putBack } from './putBack';
import { askSource, findWriter } from './sourceFacts';
import { copyIn } from './unfinished';
import { writesSince } from './writesSince';

/**
 * Rolls a restore in place back: the restored server is stopped, the former
 * data directory comes back and is started. Also for one whose worker was
 * killed in the middle. Idempotent.
 *
 * @throws NotAllowedError when it was confirmed, or when nobody but a schedule asks
 */
export async function rollBack(
  target: OperateTarget<PostgresqlConfig>,
  instance: RestoredInstanceReference,
  context: RunContext,
): Promise<void> {
  const { restoredInstanceId } = instance;
  const open = await openInPlace(target, instance, context);
  if (!open) {
    context.logger.info(
      `Nothing is left of the restore in place ${restoredInstanceId}`,
    );
    return;
  }
  const { journal, place, server, account, binDirectory } = open;
  if (journal.state === 'put-back') {
    context.logger.info(
      `The source is back; what was rolled back is kept in ${journal.abandonedDirectory}, for its log is in no archive`,
    );
    return;
  }
  if (context.requestedBy.startsWith('schedule:')) {
    throw new NotAllowedError(
      `The restore in place ${restoredInstanceId} is the source now: its expiry does not roll it back. Promote it to confirm it, or discard it by hand.`,
    );
  }
  if (journal.state === 'confirming' || journal.state === 'confirmed') {
    throw new NotAllowedError(
      `The restore in place ${restoredInstanceId} was confirmed: what was kept aside is removed, and nothing can be put back.`,
    );
  }
  context.progress({ step: 'Counting what is lost', percent: 5 });
  if (journal.state === 'open' || (await runsInPlace(journal, server))) {
    const source = await askSource(target.database.config, context.logger);
    await requireNoPromotion(target, source);
    const lost = await writesSince(
      target.database.config,
      {
        timeline: journal.opened?.timeline,
        position: journal.opened?.position,
        transaction: journal.opened?.transaction,
      },
      context.logger,
    );
    context.logger.warn(lost.sentence);
  }
  context.progress({ step: 'Putting the source back', percent: 20 });
  await putBack({
    journal,
    place,
    copy: place && copyIn(place, binDirectory, account, context),
    server,
    findWriter: () => findWriter(target.database.config, context.logger),
    context,
  });
}
