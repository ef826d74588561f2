import { InputError, toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  OperateTarget,
  OperationFailedError,
  RestoreOutcome,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig, RestoreConfig } from '../config';
import { readRepository } from '../inventory/readInventory';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { parsePosition } from '../wal/segments';
import {
  requireTimescaleVersion,
  TIMESCALE_ANNOTATION,
} from '../timescale/sourceVersion';
import { restoreAccount } from './account';
import { connectionOf, UNPROTECTED_NOTE } from './connection';
import { fetchFiles } from './fetchFiles';
import { freePort } from './freePort';
import { explainNoSpace } from './fullDisk';
import { openServer } from './openServer';
import { readRestoreParameters } from './parameters';
import { prepareServer } from './prepareServer';
import { findBinDirectory } from './programs';
import { chooseTarget, RestoreTarget } from './recoveryTarget';
import { removeAbandoned } from './removeAbandoned';
import { RestoredServer } from './RestoredServer';
import { requireDirectory, requireSpace, RestorePlace } from './RestorePlace';
import { RestoredContent } from './verifyContent';

/** Fetching files is about this part of a restore's progress. */
const FETCHED_PERCENT = 70;
/** What a person must know of a server that does not archive. */
export const UNPROTECTED = 'UNPROTECTED';

export function requireRestore({
  database,
}: OperateTarget<PostgresqlConfig>): RestoreConfig {
  const { restore } = database.config;
  if (!restore) {
    throw new InputError(
      `Database '${database.id}' has no key postgresql.restore; add restore.directory to restore it to a new place.`,
    );
  }
  return restore;
}

/**
 * Restores a backup to a new folder of this machine and opens it as a server
 * of its own, on loopback. Whatever goes wrong, nothing of it is left.
 *
 * @throws OperationFailedError naming cause, object and next step
 */
export async function restoreBackup(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<RestoreOutcome> {
  const config = requireRestore(target);
  const wanted = readRestoreParameters(parameters);
  const { database } = target;
  context.progress({ step: 'Choosing the backup', percent: 0 });
  await requireDirectory(config.directory);
  const account = await restoreAccount(config, context);
  await removeAbandoned(target, account, context);
  const pgbackrest = await PgBackRest.create(target, context);
  const { stanza, inventory } = await readRepository(
    target,
    context,
    pgbackrest,
  );
  const chosen = chooseTarget(inventory, wanted.question, wanted.action);
  context.logger.info(
    `Restoring to ${chosen.description}, from backup ${chosen.backup.id} on timeline ${chosen.timeline}`,
  );
  const binDirectory = await findBinDirectory(
    config,
    stanza?.db.at(-1)?.version,
    context,
  );
  await requireTimescaleVersion({
    version: stanza?.backup.find(({ label }) => label === chosen.backup.id)
      ?.annotation?.[TIMESCALE_ANNOTATION],
    backupId: chosen.backup.id,
    binDirectory,
  });
  await requireSpace(
    config.directory,
    chosen.backup.sizeBytes ?? 0,
    config.minimumFreeBytes ?? 0,
  );
  const place = await RestorePlace.create({
    directory: RestorePlace.pathOf(
      config.directory,
      database.id,
      context.operationId,
    ),
    databaseId: database.id,
    operationId: context.operationId,
    account,
  });
  const server = new RestoredServer({
    place,
    binDirectory,
    account,
    processes: context.processes,
  });
  try {
    const startedAt = performance.now();
    await fetchFiles({ target, context, place, account, chosen });
    const fetchSeconds = (performance.now() - startedAt) / 1000;
    const port = await freePort(config.portRange);
    await prepareServer({
      context,
      place,
      account,
      port,
      databaseId: database.id,
      binDirectory,
    });
    const { state, superuser, content, replaySeconds } = await openServer({
      target,
      context,
      place,
      account,
      server,
      chosen,
      port,
      inventory,
      fromPercent: FETCHED_PERCENT,
    });
    return {
      backupId: chosen.backup.id,
      moment: momentOf(chosen, content),
      state: state === 'paused' ? 'paused' : 'running',
      directory: place.directory,
      sizeBytes: chosen.backup.sizeBytes,
      expiresAt: new Date(
        context.clock().getTime() + wanted.expiresAfter.toMillis(),
      ).toISOString(),
      connection: connectionOf(database.config, place, {
        port,
        note: UNPROTECTED_NOTE,
      }),
      facts: {
        backup: chosen.backup.id,
        kind: wanted.kind,
        target: chosen.description,
        protection: UNPROTECTED,
        superuser,
        measured: {
          fetchBytes: chosen.backup.sizeBytes ?? 0,
          fetchSeconds,
          replayBytes: replayedBytes(chosen, content),
          replaySeconds,
        },
        ...content.facts,
      },
    };
  } catch (error) {
    const reason = explainNoSpace(error, place.directory);
    await cleanUp(server, place, context, reason);
    throw reason;
  }
}

/** Where replay stopped: its last commit, or the end of the backup when it replayed none. */
export function momentOf(
  { backup, timeline }: RestoreTarget,
  { lastCommitAt, replayedTo }: RestoredContent,
): NonNullable<RestoreOutcome['moment']> {
  return {
    time:
      lastCommitAt && lastCommitAt > backup.stoppedAt
        ? lastCommitAt
        : backup.stoppedAt,
    ...(replayedTo ? { lsn: replayedTo } : {}),
    ...(timeline === undefined ? {} : { timeline }),
  };
}

function replayedBytes(
  { replayFrom }: RestoreTarget,
  { replayedTo }: RestoredContent,
): number {
  const end = parsePosition(replayedTo ?? '');
  return end === undefined || replayFrom === undefined
    ? 0
    : Math.max(0, end - replayFrom);
}

/** A clean-up that fails must not hide why the restore failed. */
async function cleanUp(
  server: RestoredServer,
  place: RestorePlace,
  { logger, signal }: RunContext,
  reason: unknown,
): Promise<void> {
  logger.info(
    `The restore ${signal.aborted ? 'was stopped' : 'failed'}; removing ${place.directory}`,
  );
  try {
    await server.stop();
    await place.remove();
  } catch (error) {
    throw new OperationFailedError(
      {
        cause: `The restore failed (${toError(reason).message}), and what it made could not be removed: ${toError(error).message}.`,
        object: place.directory,
        nextStep: `End what runs in ${place.directory} and remove that folder.`,
        code: 'restore-not-cleaned',
      },
      error,
    );
  }
}
