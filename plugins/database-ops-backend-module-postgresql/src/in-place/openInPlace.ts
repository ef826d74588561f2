import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NotAllowedError } from '@backstage/errors';
import {
  OperateTarget,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { Account, restoreAccount } from '../restore/account';
import { findBinDirectory } from '../restore/programs';
import { requireRestore } from '../restore/restoreBackup';
import { requireBelow, RestorePlace } from '../restore/RestorePlace';
import { requireInPlace, sourceDirectoryOf } from './checks';
import { InPlaceJournal } from './InPlaceJournal';
import { isThere } from './putBack';
import { SourceServer } from './SourceServer';

/** An earlier restore in place, to be confirmed or rolled back. */
export interface OpenInPlace {
  readonly journal: InPlaceJournal;
  readonly place: RestorePlace | undefined;
  readonly server: SourceServer;
  readonly account: Account;
  readonly binDirectory: string;
}

/** Whether an instance took the source's place, or was about to. */
export function isInPlace({ facts }: RestoredInstanceReference): boolean {
  return facts.mode === 'in-place';
}

/** The version of the first server that is there: what the portal knows of one whose worker died does not say it. */
export async function versionOf(
  directories: readonly string[],
): Promise<string | undefined> {
  for (const directory of directories) {
    if (await isThere(join(directory, 'PG_VERSION'))) {
      return (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
    }
  }
  return undefined;
}

/**
 * @returns `undefined` when nothing of it is left
 * @throws NotAllowedError when it is another's, or another worker is at it
 */
export async function openInPlace(
  target: OperateTarget<PostgresqlConfig>,
  instance: RestoredInstanceReference,
  context: RunContext,
): Promise<OpenInPlace | undefined> {
  const config = requireInPlace(target);
  const restores = requireRestore(target);
  const { id } = target.database;
  const { restoredInstanceId } = instance;
  // Of one whose worker was killed nobody wrote down where it is.
  const directory =
    instance.directory ||
    RestorePlace.pathOf(config.directory, id, restoredInstanceId);
  await requireBelow(config.directory, id, directory);
  const journal = await InPlaceJournal.open(directory);
  if (!journal) {
    return undefined;
  }
  if (journal.operationId !== restoredInstanceId) {
    throw new NotAllowedError(
      `${directory} belongs to the restore ${journal.operationId}, not to ${restoredInstanceId}; nothing was done.`,
    );
  }
  if (await journal.isWorkedOn()) {
    throw new NotAllowedError(
      `Another worker is at work on ${directory} (${journal.state}); wait until it has ended.`,
    );
  }
  const account = await restoreAccount(restores, context);
  const binDirectory = await findBinDirectory(
    restores,
    await versionOf([journal.keptDirectory, journal.source.dataDirectory]),
    context,
  );
  return {
    journal,
    account,
    binDirectory,
    place: await RestorePlace.open(directory, account),
    server: new SourceServer({
      dataDirectory: sourceDirectoryOf(target),
      config,
      binDirectory,
      account,
      processes: context.processes,
    }),
  };
}
