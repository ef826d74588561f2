import { setTimeout as sleep } from 'node:timers/promises';
import { LoggerService } from '@backstage/backend-plugin-api';
import { JsonObject } from '@backstage/types';
import {
  BackupOutcome,
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { OPERATION_ANNOTATION, toBackup } from '../inventory/backups';
import { readRepository } from '../inventory/readInventory';
import { timescaleAnnotation } from '../timescale/sourceVersion';
import { annotationsOf } from './annotations';
import { BackupType, noteOn, readBackupType } from './backupTypes';
import { withLocks } from '../object-lock/inventoryLocks';
import {
  AFTER_BACKUP,
  LockReport,
  lockRepository,
} from '../object-lock/lockRepository';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { BackupProgress } from './BackupProgress';
import { RepositoryWatch } from './RepositoryWatch';
import { requireArchiving } from './requireArchiving';

const DEFAULT_BACKUP_TIMEOUT_SECONDS = 6 * 3600;
/** A child of a killed run was seen to hold the lock for up to 45 s. */
const LOCK_WAIT_SECONDS = 60;
const LOCK_RETRY_SECONDS = 5;
/** Of files with wrong checksums. */
const SHOWN_FILES = 5;
/** By a file on one machine; between machines by an advisory lock of the database. */
const LOCK_HELD = /unable to acquire (pgBackRest advisory )?lock/;
/** pgBackRest's error 106: the new label would not be later than one that an aborted backup left. */
const LABEL_TAKEN_CODE = 'pgbackrest-106';

/**
 * A full, differential or incremental backup. Before: the stanza is there and
 * a WAL segment reaches the archive. After: it counts only when the repository
 * lists it with this operation's id, with the type that the repository says
 * (without a base pgBackRest makes a full one), and without damaged pages. An aborted earlier run may be
 * resumed under its old label, so the label is never predicted.
 *
 * @throws OperationFailedError naming cause, object and next step
 */
export async function takeBackup(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<BackupOutcome> {
  const wanted = readBackupType(target.database.id, parameters.type);
  const { operationId, logger, progress } = context;
  const pgbackrest = await PgBackRest.create(target, context);
  const { stanza } = pgbackrest.config;
  const [ofTimescale, before] = await Promise.all([
    timescaleAnnotation(target, context),
    requireArchiving(target, context, {
      pgbackrest,
      onLine: line => logLine(context, line),
    }),
  ]);

  const labelTaken = await copyFiles(target, context, pgbackrest, {
    wanted,
    annotations: [...annotationsOf(context), ...ofTimescale],
  });

  progress({ step: 'Reading it back', percent: 99 });
  let locks: LockReport | undefined;
  const {
    stanza: now,
    folders,
    inventory,
  } = await readRepository(target, context, pgbackrest, {
    // It took its time over what is older while WAL was on its way.
    before,
    meanwhile: async found => {
      locks = await lockRepository(target, context, {
        stanza: found,
        occasion: AFTER_BACKUP,
      });
    },
  });
  const listed = now?.backup.findLast(
    ({ annotation }) => annotation?.[OPERATION_ANNOTATION] === operationId,
  );
  if (!listed) {
    throw new OperationFailedError({
      cause: `pgBackRest reported success, but the repository '${target.repository.id}' lists no backup of this operation for the stanza '${stanza}'.`,
      object: stanza,
      nextStep:
        'Find out what removed it (another expire, a lifecycle rule), then take the backup again.',
      code: 'backup-not-listed',
    });
  }
  const lost = [listed.label, ...(listed.reference ?? [])].find(
    label => !folders.has(label),
  );
  if (lost !== undefined) {
    throw new OperationFailedError({
      cause: `Backup ${listed.label} was taken, but backup ${lost}, which it needs, was removed from the repository meanwhile.`,
      object: `backup ${listed.label}`,
      nextStep:
        'Find out who runs expire beside this software, then take a full backup: nothing can be built on this one.',
      code: 'base-lost',
    });
  }
  const note = noteOn({ wanted, made: listed.type, labelTaken });
  if (note) {
    logger.warn(note);
  }
  if (listed.error) {
    throw damagedSource(
      target.database.id,
      listed.label,
      await pgbackrest.filesWithWrongChecksums(listed.label),
    );
  }
  const notes = [note, locks?.complete ? undefined : locks?.sentence].filter(
    text => text !== undefined,
  );
  return {
    backup: toBackup(target.database.id, listed),
    inventory: withLocks(inventory, locks),
    ...(notes.length > 0 ? { note: notes.join(' ') } : {}),
  };
}

/** The files were copied as they are: what is wrong is wrong in the database. */
function damagedSource(
  databaseId: string,
  label: string,
  files: readonly string[],
): OperationFailedError {
  const shown = files.slice(0, SHOWN_FILES);
  const more = files.length - shown.length;
  return new OperationFailedError({
    cause: `Pages of database '${databaseId}' have wrong checksums${shown.length > 0 ? `, in ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}` : ''}: its own files are damaged, and so is backup ${label}.`,
    object: `backup ${label}`,
    nextStep:
      'Restore the last backup before it to a new place, to the latest moment, and compare; find the relation by pg_filenode_relation and its rows by amcheck. Earlier backups and the WAL after them still restore; each new backup will fail until the pages are whole.',
    code: 'source-damaged',
  });
}

/** Copies; gives whether a full one had to be made because a newer label stood in the way. */
async function copyFiles(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  pgbackrest: PgBackRest,
  {
    wanted,
    annotations,
  }: { readonly wanted: BackupType; readonly annotations: readonly string[] },
): Promise<boolean> {
  const { logger, progress } = context;
  const { stanza, backupTimeoutSeconds } = pgbackrest.config;
  progress({ step: 'Copying', percent: 0 });
  const copying = BackupProgress.start({
    lockFolder: pgbackrest.lockFolder,
    stanza,
    logger,
    onPercent: percent => progress({ step: 'Copying', percent }),
  });
  const watch = RepositoryWatch.start(target, context);
  const signal = AbortSignal.any([context.signal, watch.signal]);
  const copy = (type: BackupType) =>
    withFreeLock(signal, logger, () =>
      pgbackrest.run({
        command: 'backup',
        args: [
          `--type=${type}`,
          ...annotations.map(pair => `--annotation=${pair}`),
        ],
        timeoutSeconds: backupTimeoutSeconds ?? DEFAULT_BACKUP_TIMEOUT_SECONDS,
        signal,
        onLine: line => logLine(context, line),
      }),
    );
  try {
    await afterPromotion(logger, () => copy(wanted));
    return false;
  } catch (error) {
    if (wanted === 'full' || !isLabelTaken(error)) {
      throw error;
    }
    logger.warn(
      'An aborted backup left a newer label in the repository; only a full backup gets past it, so one is taken',
    );
    await copy('full');
    return true;
  } finally {
    await copying.stop();
    watch.stop();
  }
}

/**
 * A promoted server goes on before its first checkpoint, which may take
 * minutes, and its control file tells the former timeline until then. The
 * attempt itself makes a checkpoint at once, so that the next one succeeds.
 */
async function afterPromotion(
  logger: LoggerService,
  attempt: () => Promise<unknown>,
): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (
      !(error instanceof OperationFailedError) ||
      !/does not match pg_control timeline/.test(error.failure.cause)
    ) {
      throw error;
    }
    logger.warn(`${error.failure.cause} It is tried once more`);
    await attempt();
  }
}

function isLabelTaken(error: unknown): boolean {
  return (
    error instanceof OperationFailedError &&
    error.failure.code === LABEL_TAKEN_CODE
  );
}

/**
 * Tries again while pgBackRest's lock is held: our lease keeps other workers
 * away, so it is most likely what a killed one left, and that ends by itself.
 */
async function withFreeLock<T>(
  signal: AbortSignal,
  logger: LoggerService,
  run: () => Promise<T>,
): Promise<T> {
  const until = performance.now() + LOCK_WAIT_SECONDS * 1000;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const isHeld =
        error instanceof OperationFailedError &&
        LOCK_HELD.test(error.failure.cause);
      if (!isHeld || performance.now() > until) {
        throw error;
      }
      logger.info(
        `Another run of pgBackRest holds the lock; trying again in ${LOCK_RETRY_SECONDS} s`,
      );
      await sleep(LOCK_RETRY_SECONDS * 1000, undefined, { signal });
    }
  }
}

/** A file's line is detail; what a person follows is the rest. */
function logLine({ logger }: RunContext, line: string): void {
  const text = line.trim();
  if (/^(P\d+ +)?(ERROR|WARN)/.test(text)) {
    logger.warn(text);
  } else if (/^(P\d+ +)?(DETAIL|DEBUG|TRACE)|command begin/.test(text)) {
    logger.debug(text);
  } else if (text) {
    logger.info(text);
  }
}
