import {
  ExpireOutcome,
  ExpireRequest,
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { AFTER_EXPIRE, lockRepository } from '../object-lock/lockRepository';
import { PgBackRestBackup, PgBackRestStanza } from '../pgbackrest/info';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { repositoryKey } from '../pgbackrest/repositories';

/** Removing many small objects takes as long as the store needs for each. */
const EXPIRE_TIMEOUT_SECONDS = 3600;
const LIST_TIMEOUT_SECONDS = 120;
const SHARE_OF_BACKUPS = 70;

/**
 * Removes backups and log by `pgbackrest expire`, the only thing that deletes
 * in pgBackRest's part of a repository.
 *
 * Log is counted, not named: `repo<key>-retention-archive` is the number of full
 * backups, from the newest, after which all log stays. Of older backups
 * pgBackRest keeps the log that makes each consistent.
 *
 * @throws OperationFailedError naming what is not as it should be afterwards
 */
export async function expireBackups(
  target: OperateTarget<PostgresqlConfig>,
  request: ExpireRequest,
  context: RunContext,
): Promise<ExpireOutcome> {
  const { logger, progress, signal } = context;
  const pgbackrest = await PgBackRest.create(target, context);
  const expire = (args: readonly string[]) =>
    pgbackrest.run({
      command: 'expire',
      args,
      timeoutSeconds: EXPIRE_TIMEOUT_SECONDS,
      onLine: line => line.trim() && logger.info(line.trim()),
    });
  const roots = rootsOf(
    request.remove,
    (await pgbackrest.info())?.backup ?? [],
  );
  for (const [index, { label }] of roots.entries()) {
    signal.throwIfAborted();
    progress({
      step: `Removing ${label}`,
      percent: 10 + (SHARE_OF_BACKUPS * index) / roots.length,
    });
    await expire([`--set=${label}`]);
  }
  let logsFrom: string | undefined;
  if (request.logsFrom) {
    signal.throwIfAborted();
    progress({ step: 'Removing log', percent: 10 + SHARE_OF_BACKUPS });
    const wanted = logStartOf(
      await pgbackrest.info(),
      request.logsFrom.backupId,
    );
    const key = repositoryKey(target);
    await expire([
      `--repo${key}-retention-archive-type=full`,
      `--repo${key}-retention-archive=${wanted.fullBackups}`,
    ]);
    await assertLogKept(pgbackrest, wanted);
    logsFrom = wanted.segment;
  }
  const locks = await lockRepository(target, context, {
    stanza: await pgbackrest.info(),
    occasion: AFTER_EXPIRE,
  });
  return {
    orphans: [],
    ...(request.logsFrom ? { logsFrom } : {}),
    ...(locks ? { locks: locks.sentence } : {}),
  };
}

/**
 * The backups that stand at the beginning of what goes: pgBackRest removes
 * what builds on them by itself, and the plan has all of that.
 */
export function rootsOf(
  remove: readonly string[],
  listed: readonly PgBackRestBackup[],
): readonly PgBackRestBackup[] {
  const going = new Set(remove);
  return listed.filter(
    ({ label, prior, reference }) =>
      going.has(label) &&
      ![...(reference ?? []), ...(prior ? [prior] : [])].some(
        needed => needed !== label && going.has(needed),
      ),
  );
}

/** Where the log has to begin, and how pgBackRest is told so. */
export interface LogStart {
  /** Full backups from the newest one to that with which the log begins. */
  readonly fullBackups: number;
  readonly label: string;
  /** Folder of the archive, for example `15-1`. */
  readonly archiveId?: string;
  /** First segment that the backup needs. */
  readonly segment?: string;
}

/** @throws OperationFailedError when the backup is not there */
export function logStartOf(
  stanza: PgBackRestStanza | undefined,
  label: string,
): LogStart {
  const fulls = (stanza?.backup ?? []).filter(({ type }) => type === 'full');
  const index = fulls.findIndex(full => full.label === label);
  if (index < 0) {
    throw new OperationFailedError({
      cause: `Full backup ${label}, from which the log is kept, is not in the repository; no log was removed.`,
      object: `backup ${label}`,
      nextStep:
        'Look at the retention preview, which is made anew, and start it again.',
      code: 'plan-outdated',
    });
  }
  const full = fulls[index];
  return {
    fullBackups: fulls.length - index,
    label,
    archiveId: stanza?.archive.find(
      ({ database }) => database?.id === full.database.id,
    )?.id,
    segment: full.archive?.start ?? undefined,
  };
}

/**
 * Looks whether the first segment is still there: a full backup that somebody
 * takes by hand at the same moment shifts pgBackRest's count.
 *
 * @throws OperationFailedError naming the segment
 */
async function assertLogKept(
  pgbackrest: PgBackRest,
  { label, archiveId, segment }: LogStart,
): Promise<void> {
  if (!archiveId || !segment) {
    return;
  }
  const { stanza } = pgbackrest.config;
  const { stdout } = await pgbackrest.run({
    command: 'repo-ls',
    args: [`--filter=^${segment}-`],
    operands: [`archive/${stanza}/${archiveId}/${segment.slice(0, 16)}`],
    timeoutSeconds: LIST_TIMEOUT_SECONDS,
  });
  if (!stdout.split('\n').some(line => line.startsWith(`${segment}-`))) {
    throw new OperationFailedError({
      cause: `The log should have stayed from segment ${segment} of backup ${label} on, but the archive does not hold that segment any more.`,
      object: `segment ${segment}`,
      nextStep:
        'Find out what else works on the repository at the same time, and take a full backup now: moments between that backup and the next one cannot be restored any more.',
      code: 'log-lost',
    });
  }
}
