/*
 * Object Lock in pgBackRest's part. pgBackRest 2.45 has no option for it, but
 * what it writes below a backup's label, and whole segments of WAL, it never
 * writes again; and what its `expire` removes is only marked as deleted, which
 * a lock on the version does not refuse. What it does rewrite (`backup.info`,
 * `archive.info`, `backup.history`, `latest`) is left alone.
 */
import {
  BackupLock,
  describeFailure,
  lockObjects,
  lockTermOf,
  LockState,
  LockTerm,
  OperateTarget,
  readLockState,
  RunContext,
  writeLockState,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { prefixInStore, requirePgBackRest } from '../pgbackrest/configuration';
import { PgBackRestStanza } from '../pgbackrest/info';
import { segmentBytesOf } from '../wal/segments';
import { listLogFiles, LogFile, rangesOf } from './logFiles';

const PROGRESS_EVERY_OBJECTS = 100;

/** How much is locked at an occasion. */
interface LockOccasion {
  /** Locks are lengthened when no more than this share of their time is left. */
  readonly renewAtShare: number;
  /** What is not locked by then waits for the next occasion. */
  readonly timeLimitSeconds: number;
}

/** New objects, so that a backup ends soon; the rest only before its locks end, should no expire run. */
export const AFTER_BACKUP: LockOccasion = {
  renewAtShare: 0.25,
  timeLimitSeconds: 600,
};
export const AFTER_EXPIRE: LockOccasion = {
  renewAtShare: 0.5,
  timeLimitSeconds: 3600,
};

/** What was locked, in a sentence. */
export interface LockReport {
  /** Whether everything is locked that was to be. */
  readonly complete: boolean;
  readonly sentence: string;
  /** As it was written down; absent when it could not be. */
  readonly state?: LockState;
}

/**
 * Locks what the repository holds of a stanza and is not locked for long
 * enough; never shortens a lock. `undefined` where the bucket has no Object
 * Lock. A failure is told, not thrown: the backups are there all the same.
 */
export async function lockRepository(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  options: {
    readonly stanza: PgBackRestStanza | undefined;
    readonly occasion: LockOccasion;
  },
): Promise<LockReport | undefined> {
  const { repository } = target;
  const { occasion, stanza } = options;
  const term = lockTermOf(repository, context.clock(), occasion.renewAtShare);
  if (!term || !stanza) {
    return undefined;
  }
  let report: LockReport;
  try {
    report = await lockStanza(target, context, { stanza, occasion, term });
  } catch (error) {
    context.signal.throwIfAborted();
    report = { complete: false, sentence: failureOf(error, repository.id) };
  }
  context.logger[report.complete ? 'info' : 'warn'](report.sentence);
  return report;
}

async function lockStanza(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  options: {
    readonly stanza: PgBackRestStanza;
    readonly occasion: LockOccasion;
    readonly term: LockTerm;
  },
): Promise<LockReport> {
  const { database, repository } = target;
  const { store, signal, progress, clock } = context;
  const { term, occasion } = options;
  const deadlineMs = performance.now() + occasion.timeLimitSeconds * 1000;
  const prefix = prefixInStore(target);
  if (prefix === undefined) {
    return {
      complete: false,
      sentence: `pgBackRest's part lies outside of the prefix of repository '${repository.id}', so nothing of it is locked; set postgresql.pgbackrest.repositoryPath below that prefix.`,
    };
  }
  const { stanza } = requirePgBackRest(target);
  progress({ step: 'Locking against removal' });
  const known = await readLockState(store, database.id);
  const isDue = (until: string | undefined) =>
    until === undefined || Date.parse(until) < term.atLeast.getTime();

  const labels = options.stanza.backup.map(({ label }) => label);
  const before = new Map(
    known?.backups.map(lock => [lock.backupId, lock] as const),
  );
  const listed = new Map<string, readonly string[]>();
  for (const label of labels.toReversed()) {
    if (isDue(before.get(label)?.until)) {
      const folder = `${prefix}backup/${stanza}/${label}/`;
      const keys: string[] = [];
      for await (const { key } of store.list(folder)) {
        keys.push(key);
      }
      listed.set(label, keys);
    }
  }
  const files = await listLogFiles(
    store,
    { prefix, stanza },
    known?.logs ?? [],
  );
  const due = [
    ...[...listed.values()].flat(),
    // The newest first: they lead furthest.
    ...files
      .filter(({ lockedUntil }) => isDue(lockedUntil))
      .map(({ key }) => key)
      .reverse(),
  ];

  const locked = new Map<string, string>();
  let problem: string | undefined;
  try {
    const left = await lockObjects(store, due, {
      term,
      signal,
      deadlineMs,
      onLocked: (key, until) => {
        locked.set(key, until.toISOString());
        if (locked.size % PROGRESS_EVERY_OBJECTS === 0) {
          progress({
            step: `Locking against removal, ${locked.size} of ${due.length} objects`,
          });
        }
      },
    });
    if (left > 0) {
      problem = `${left} of ${due.length} objects were not locked against removal within ${occasion.timeLimitSeconds} s; the next backup or expire goes on with them.`;
    }
  } catch (error) {
    signal.throwIfAborted();
    problem = failureOf(error, repository.id);
  }
  const backups = labels.flatMap(label => {
    const keys = listed.get(label);
    const lock = (keys && lockOf(label, keys, locked)) ?? before.get(label);
    return lock ? [lock] : [];
  });
  const logs = rangesOf(
    files.map((file): LogFile => ({
      ...file,
      lockedUntil: locked.get(file.key) ?? file.lockedUntil,
    })),
    segmentBytesOf(
      options.stanza.backup.flatMap(({ lsn, archive }) =>
        lsn?.start && archive?.start
          ? [{ lsn: lsn.start, segment: archive.start }]
          : [],
      ),
    ),
  );
  const state: LockState = {
    version: 1,
    databaseId: database.id,
    observedAt: clock().toISOString(),
    backups,
    logs,
    ...(problem === undefined ? {} : { problem }),
  };
  await writeLockState(store, state);
  const [first] = [...backups, ...logs].map(({ until }) => until).sort();
  return problem === undefined
    ? {
        complete: true,
        state,
        sentence: `${backups.length === 1 ? 'One backup' : `${backups.length} backups`} and the WAL are locked against removal, ${locked.size} objects of them now${first === undefined ? '' : `; the first lock ends at ${first}`}.`,
      }
    : { complete: false, state, sentence: problem };
}

/** `undefined` unless every object of the backup is locked. */
function lockOf(
  backupId: string,
  keys: readonly string[],
  locked: ReadonlyMap<string, string>,
): BackupLock | undefined {
  const untils = keys.flatMap(key => locked.get(key) ?? []).sort();
  return keys.length > 0 && untils.length === keys.length
    ? { backupId, objects: keys.length, until: untils[0] }
    : undefined;
}

function failureOf(error: unknown, repositoryId: string): string {
  const { cause } = describeFailure(error, { object: repositoryId });
  return `Not everything is locked against removal: ${cause} Allow s3:PutObjectRetention and s3:GetObjectRetention to the account of repository '${repositoryId}' if it was denied; the next backup or expire tries again.`;
}
