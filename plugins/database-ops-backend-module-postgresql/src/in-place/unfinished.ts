import { join } from 'node:path';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { Account } from '../restore/account';
import { RestoredServer } from '../restore/RestoredServer';
import { entriesOf, requireBelow, RestorePlace } from '../restore/RestorePlace';
import { requireInPlace } from './checks';
import { runsInPlace } from './comeBack';
import { InPlaceJournal } from './InPlaceJournal';
import { isThere, putBack } from './putBack';
import { findWriter } from './sourceFacts';
import { SourceServer } from './SourceServer';

/**
 * Settles what earlier restores in place left: what a killed worker began is
 * put back; what runs unconfirmed is for a person.
 *
 * @throws OperationFailedError when another one must be confirmed or rolled back first, or is at work
 */
export async function settleUnfinished(
  target: OperateTarget<PostgresqlConfig>,
  tools: {
    readonly account: Account;
    readonly binDirectory: string;
    readonly server: SourceServer;
    readonly context: RunContext;
  },
): Promise<void> {
  const { id } = target.database;
  const { directory: root } = requireInPlace(target);
  const { account, binDirectory, server, context } = tools;
  for (const entry of await entriesOf(root)) {
    if (!entry.startsWith(`${id}-`)) {
      continue;
    }
    const directory = join(root, entry);
    await requireBelow(root, id, directory);
    const journal = await InPlaceJournal.open(directory);
    const place = await RestorePlace.open(directory, account);
    if (
      (journal ?? place)?.databaseId !== id ||
      journal?.isSettled ||
      (journal ?? place)?.operationId === context.operationId
    ) {
      continue;
    }
    if (
      (await journal?.isWorkedOn()) ||
      (!journal && place && !place.isAbandoned)
    ) {
      throw refused(
        `A worker of operation ${(journal ?? place)?.operationId} is at work on a restore in place in ${directory}.`,
        'Wait until it has ended, or cancel it.',
        directory,
      );
    }
    if (
      journal?.state === 'open' ||
      journal?.state === 'confirming' ||
      (journal?.state === 'switching' && (await runsInPlace(journal, server)))
    ) {
      throw refused(
        `The restore in place ${journal.operationId} has not been confirmed: the source is kept aside in ${journal.keptDirectory}.`,
        'Promote it to confirm it, or discard it to roll it back; then restore in place again.',
        directory,
      );
    }
    if (!journal) {
      if (await isThere(join(directory, 'kept'))) {
        throw refused(
          `${directory} holds a data directory that was kept aside, and no account of how that came.`,
          'Look whether it is the source; put it back or remove it by hand.',
          directory,
        );
      }
      await place?.remove();
      continue;
    }
    context.logger.warn(
      `Operation ${journal.operationId} ended in the middle of a restore in place (${journal.state}); the source is put back first`,
    );
    await putBack({
      journal,
      place,
      copy: place && copyIn(place, binDirectory, account, context),
      server,
      findWriter: () => findWriter(target.database.config, context.logger),
      context,
    });
  }
}

export function copyIn(
  place: RestorePlace,
  binDirectory: string,
  account: Account,
  { processes }: Pick<RunContext, 'processes'>,
): RestoredServer {
  return new RestoredServer({ place, binDirectory, account, processes });
}

function refused(
  cause: string,
  nextStep: string,
  object: string,
): OperationFailedError {
  return new OperationFailedError({
    cause,
    object,
    nextStep,
    code: 'in-place-unfinished',
  });
}
