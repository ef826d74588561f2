import { join } from 'node:path';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { RepositoryWatch } from '../backup/RepositoryWatch';
import { PostgresqlConfig } from '../config';
import { renderConfiguration } from '../pgbackrest/configuration';
import { runPgBackRest } from '../pgbackrest/PgBackRest';
import { Account } from './account';
import { RestoreTarget } from './recoveryTarget';
import { RestorePlace } from './RestorePlace';

const DEFAULT_RESTORE_TIMEOUT_SECONDS = 6 * 3600;
/** Fetching files is about this part of a restore's progress. */
const SHARE_PERCENT = 70;

/**
 * pgBackRest's configuration, with the repository's secrets, in the place
 * itself: the server's `restore_command` needs it until recovery has ended.
 */
export async function writeTools(
  target: OperateTarget<PostgresqlConfig>,
  place: RestorePlace,
): Promise<void> {
  await place.makeTools();
  await place.write(
    place.toolConfiguration,
    renderConfiguration(
      target,
      { kind: 'restore', dataDirectory: place.dataDirectory },
      {
        lock: join(place.toolDirectory, 'lock'),
        log: join(place.toolDirectory, 'log'),
        spool: join(place.toolDirectory, 'spool'),
      },
    ),
  );
}

/** Lets pgBackRest write the files of a backup. */
export async function fetchFiles(options: {
  readonly target: OperateTarget<PostgresqlConfig>;
  readonly context: RunContext;
  readonly place: RestorePlace;
  readonly account: Account;
  readonly chosen: RestoreTarget;
}): Promise<void> {
  const { target, context, place, account, chosen } = options;
  await writeTools(target, place);
  const { sizeBytes } = chosen.backup;
  let lastPercent = 0;
  context.progress({
    step: 'Fetching files',
    percent: 1,
    totalBytes: sizeBytes,
  });
  const watch = RepositoryWatch.start(target, context);
  const work = runPgBackRest(target, context, {
    command: 'restore',
    args: [
      `--config=${place.toolConfiguration}`,
      '--log-level-console=detail',
      '--log-level-stderr=off',
      `--tablespace-map-all=${place.tablespaceDirectory}`,
      '--archive-mode=off',
      `--set=${chosen.backup.id}`,
      // The target is set apart, so that it can be moved.
      '--type=default',
    ],
    runAs: account.runAs,
    signal: AbortSignal.any([context.signal, watch.signal]),
    timeoutSeconds:
      target.database.config.restore?.timeoutSeconds ??
      DEFAULT_RESTORE_TIMEOUT_SECONDS,
    onLine: line => {
      const done = restoredPercent(line);
      if (done !== undefined) {
        context.logger.debug(line.trim());
        // There is a line for each file: whole percents are enough.
        if (Math.floor(done) <= lastPercent) {
          return;
        }
        lastPercent = Math.floor(done);
        context.progress({
          step: 'Fetching files',
          percent: Math.max(1, Math.round((done * SHARE_PERCENT) / 100)),
          ...(sizeBytes
            ? {
                doneBytes: Math.round((sizeBytes * done) / 100),
                totalBytes: sizeBytes,
              }
            : {}),
        });
      } else if (/WARN|ERROR/.test(line)) {
        context.logger.warn(line.trim());
      } else if (/DETAIL|command begin/.test(line)) {
        context.logger.debug(line.trim());
      } else if (line.trim()) {
        context.logger.info(line.trim());
      }
    },
  });
  try {
    await work;
  } catch (error) {
    throw damagedBackup(error, chosen.backup.id) ?? error;
  } finally {
    watch.stop();
  }
}

/** What pgBackRest says of a backup's files that are not as they were written. */
const DAMAGE =
  /corrupt|checksum|decrypt|unexpected eof|padding|(?:zst|gz|lz4|bz2) error|unable to open missing file '[^']*\/backup\//i;

/** It names its process and its command only; the backup is what people can do something about. */
function damagedBackup(
  error: unknown,
  backupId: string,
): OperationFailedError | undefined {
  if (
    !(error instanceof OperationFailedError) ||
    !DAMAGE.test(error.failure.cause)
  ) {
    return undefined;
  }
  const said = error.failure.cause.replace(/^.*pgBackRest says: /, '');
  const [, file] = /missing file '([^']*)'/.exec(said) ?? [];
  return new OperationFailedError(
    {
      cause: `Backup ${backupId} is damaged in the repository: ${file ? `${file} is missing` : said}.`,
      object: `backup ${backupId}`,
      nextStep:
        'Restore from another backup, and take a full one: what builds on this one is lost too. Verify the repository to see what else is damaged.',
      code: 'backup-damaged',
    },
    error,
  );
}

/** From a line such as `P01 DETAIL: restore file /data/base/1/2 (8MB, 41.20%) checksum …`. */
export function restoredPercent(line: string): number | undefined {
  const [, percent] = /restore file .*\([^()]*, ([\d.]+)%\)/.exec(line) ?? [];
  return percent === undefined ? undefined : Number(percent);
}
