import { readdir, rm } from 'node:fs/promises';
import { NotAllowedError, NotFoundError, toError } from '@backstage/errors';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  InstanceOutcome,
  OperateTarget,
  OperationFailedError,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { takeBackup } from '../backup/takeBackup';
import { PostgresqlConfig } from '../config';
import { toBackup } from '../inventory/backups';
import { listBackupFolders } from '../inventory/lostBackups';
import { archiveTimeoutSeconds } from '../pgbackrest/configuration';
import { PgBackRestStanza } from '../pgbackrest/info';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { UNPROTECTED } from '../restore/restoreBackup';
import { RestorePlace } from '../restore/RestorePlace';
import { runsInPlace } from './comeBack';
import { InPlaceJournal } from './InPlaceJournal';
import { openInPlace } from './openInPlace';
import { removeEmptied, removeTablespaces } from './removeTablespaces';

const CHECK_MARGIN_SECONDS = 120;

/**
 * Confirms a restore in place: WAL reaches the archive, a full backup stands
 * on the new timeline, then what was kept aside is removed. Until then it is
 * UNPROTECTED. Each step looks first whether it was done.
 *
 * @throws OperationFailedError saying that it is UNPROTECTED, and why; the source stays kept aside
 */
export async function confirmInPlace(
  target: OperateTarget<PostgresqlConfig>,
  instance: RestoredInstanceReference,
  context: RunContext,
): Promise<InstanceOutcome> {
  const open = await openInPlace(target, instance, context);
  if (!open) {
    throw new NotFoundError(
      `Nothing of the restore in place ${instance.restoredInstanceId} is left; it was rolled back.`,
    );
  }
  const { journal, place, server, account } = open;
  const isOpen =
    journal.state === 'open' ||
    (journal.state === 'switching' && (await runsInPlace(journal, server)));
  if (!isOpen && !['confirming', 'confirmed'].includes(journal.state)) {
    throw new NotAllowedError(
      `The restore in place ${journal.operationId} did not come to its end (${journal.state}); discard it, which puts the source back.`,
    );
  }
  context.progress({ step: 'Looking for the server', percent: 1 });
  // From here on this worker is the one at work on it.
  await journal.move(isOpen ? 'open' : journal.state);
  await server.start(journal.source);
  const backupId = await fullBackup(target, journal, context).catch(
    (error: unknown) => {
      throw unprotected(error, journal, context);
    },
  );
  context.progress({ step: 'Removing what was kept aside', percent: 99 });
  if (journal.state !== 'confirmed') {
    await journal.move('confirming');
    await removeTablespaces(journal.keptDirectory, server);
    await rm(journal.keptDirectory, { recursive: true, force: true });
    await journal.move('confirmed');
  }
  await removeEmptied(journal, server, account);
  await removeRest(place);
  return {
    state: 'promoted',
    facts: {
      protection: 'PROTECTED',
      firstBackup: backupId,
      systemIdentifier: journal.source.systemIdentifier,
      archiveMode: 'on',
      keptDirectory: '',
    },
  };
}

/** One of this timeline that an earlier attempt took counts. */
async function fullBackup(
  target: OperateTarget<PostgresqlConfig>,
  journal: InPlaceJournal,
  context: RunContext,
): Promise<string> {
  const timeline = journal.opened?.timeline ?? 0;
  const pgbackrest = await PgBackRest.create(target, context);
  const stanza = await pgbackrest.info();
  const known =
    stanza &&
    standingFull(
      target.database.id,
      stanza,
      await listBackupFolders(pgbackrest),
      timeline,
    );
  if (known) {
    context.progress({ step: 'Checking that WAL reaches the archive' });
    await pgbackrest.run({
      command: 'check',
      timeoutSeconds: archiveTimeoutSeconds(target) + CHECK_MARGIN_SECONDS,
      onLine: line => context.logger.debug(line),
    });
    context.logger.info(
      `The full backup ${known.id} stands on timeline ${known.from?.timeline}`,
    );
    return known.id;
  }
  const { backup } = await takeBackup(target, { type: 'full' }, context);
  if ((backup.from?.timeline ?? 0) < timeline) {
    throw new OperationFailedError({
      cause: `The backup ${backup.id} is of timeline ${backup.from?.timeline}, the restored server is on ${timeline}: pgBackRest reaches another server.`,
      object: backup.id,
      nextStep:
        'Correct postgresql.pgbackrest, so that it names the restored server.',
      code: 'backup-of-another',
    });
  }
  return backup.id;
}

/** The newest full backup of a timeline that is in the repository: what is only listed restores nothing. */
export function standingFull(
  databaseId: string,
  stanza: PgBackRestStanza,
  folders: ReadonlySet<string>,
  timeline: number,
): Backup | undefined {
  // Before an upgrade or a new initdb the same timelines mean other log.
  const current = Math.max(...stanza.db.map(({ id }) => id));
  return stanza.backup
    .filter(({ database }) => database.id === current)
    .map(backup => toBackup(databaseId, backup))
    .findLast(
      ({ id, type, state, from }) =>
        type === 'full' &&
        state === 'present' &&
        folders.has(id) &&
        (from?.timeline ?? 0) >= timeline,
    );
}

function unprotected(
  error: unknown,
  { keptDirectory, directory }: InPlaceJournal,
  { signal }: RunContext,
): unknown {
  if (signal.aborted) {
    return error;
  }
  const failure =
    error instanceof OperationFailedError ? error.failure : undefined;
  return new OperationFailedError(
    {
      cause: `The restored server is in the source's place and ${UNPROTECTED}: ${failure?.cause ?? toError(error).message}`,
      object: failure?.object ?? directory,
      nextStep: `${failure?.nextStep ?? 'Read the log of the operation and remove the cause.'} Then promote it again. The former data directory stays in ${keptDirectory}.`,
      code: 'promoted-unprotected',
    },
    error,
  );
}

/** All but tablespaces, which the server needs for good. */
async function removeRest(place: RestorePlace | undefined): Promise<void> {
  if (!place) {
    return;
  }
  const tablespaces = await readdir(place.tablespaceDirectory);
  if (tablespaces.length === 0) {
    await place.remove();
    return;
  }
  for (const folder of [
    place.configurationDirectory,
    place.toolDirectory,
    place.socketDirectory,
    place.logFile,
  ]) {
    await rm(folder, { recursive: true, force: true });
  }
}
