import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { noteDamagedSegment } from '../inventory/damageNotes';
import {
  DEFAULT_SEGMENT_BYTES,
  numberOf,
  segmentName,
  timelineOf,
} from '../wal/segments';
import { explainNoSpace, fullDisk, hasRoom, NO_SPACE } from './fullDisk';

const RESTORED = /restored log file "([0-9A-F]{24})" from archive/g;
/** What `archive-get` says on standard error: on one line, or on indented ones below it by repository. */
const FAILED = /ERROR: \[\d+\]: ([^\n]*(?:\n +[^\n]*)*)/g;
const UNABLE_TO_GET = /unable to get ([0-9A-F]{24})/;
/** What a damaged file may become when it is decompressed. */
const WRONG_SIZE = /archive file "([0-9A-F]{24})" (has wrong size[^\n]*)/g;
const DAMAGE =
  /corrupt|crypto|decrypt|cipher|checksum|padding|unexpected eof|zst error|gz error|lz4 error|bz2 error|unable to flush/i;
const STORE =
  /connect|timeout|timed out|HTTP request|unable to get address|tls|socket/i;

/** A record that makes no sense: in the newest segment the end of the log, in any other damage. */
const RECORD =
  /LOG: +((?:incorrect resource manager|invalid|unexpected pageaddr|record with|there is no contrecord|contrecord is|record length|out-of-sequence|could not (?:restore|decompress) image|WAL file is from)[^\n]*)/g;

/** Why the archive did not give a segment, and which one. */
export interface LogFailure {
  readonly kind: 'damaged' | 'store-gone';
  readonly segment: string;
  readonly said: string;
}

/**
 * From a restored server's log; `undefined` when the archive gave all that it
 * has and it made sense.
 *
 * @param lastSegment - the newest that the archive holds of that timeline
 */
export function logFailureOf(
  log: string,
  lastSegment: string | undefined,
  segmentBytes = DEFAULT_SEGMENT_BYTES,
): LogFailure | undefined {
  const failed = [...log.matchAll(FAILED)].at(-1);
  const restored = (until: number) =>
    [...log.slice(0, until).matchAll(RESTORED)].at(-1)?.[1];
  if (failed) {
    const said = failed[1].replace(/\s+/g, ' ');
    const named = UNABLE_TO_GET.exec(said)?.[1];
    const last = restored(failed.index);
    const kind =
      (DAMAGE.test(said) && 'damaged') || (STORE.test(said) && 'store-gone');
    const segment =
      named ??
      (last &&
        segmentName(
          timelineOf(last),
          numberOf(last, segmentBytes) + 1,
          segmentBytes,
        ));
    return kind && segment !== undefined
      ? { kind, said: `pgBackRest says: ${said}`, segment }
      : undefined;
  }
  const resized = [...log.matchAll(WRONG_SIZE)].at(-1);
  if (resized) {
    const [, segment, said] = resized;
    return { kind: 'damaged', said: `PostgreSQL says: it ${said}`, segment };
  }
  const broken = [...log.matchAll(RECORD)].at(-1);
  const segment = broken && restored(broken.index);
  return segment !== undefined &&
    lastSegment !== undefined &&
    segment < lastSegment
    ? { kind: 'damaged', said: `PostgreSQL says: ${broken![1]}`, segment }
    : undefined;
}

/**
 * The failure of a recovery with the reason that its log, its archive or its
 * disk gives: to PostgreSQL a segment that cannot be fetched is the end of the
 * log. A damaged one is noted in the repository, so that nothing is claimed
 * through it again.
 */
export async function explainRecovery(
  error: unknown,
  options: {
    readonly logFile: string;
    /** Bytes of the log that earlier starts wrote. */
    readonly logFrom: number;
    readonly context: RunContext;
    readonly databaseId: string;
    readonly repositoryId: string;
    readonly lastSegment?: string;
    readonly segmentBytes?: number;
  },
): Promise<unknown> {
  const { logFile, context, databaseId, repositoryId } = options;
  if (
    !(error instanceof OperationFailedError) ||
    ![
      'restored-content-wrong',
      'target-not-reached',
      'restored-server-ended',
    ].includes(error.failure.code ?? '')
  ) {
    return explainNoSpace(error, dirname(logFile));
  }
  const content = await readFile(logFile).catch(() => Buffer.alloc(0));
  const log = content.subarray(options.logFrom).toString('utf8');
  // A log on a full disk may not say so.
  if (
    NO_SPACE.test(log) ||
    !(await hasRoom(dirname(logFile), options.segmentBytes))
  ) {
    return fullDisk(dirname(logFile), error);
  }
  const found = logFailureOf(log, options.lastSegment, options.segmentBytes);
  if (!found) {
    return error;
  }
  const { kind, segment, said } = found;
  if (kind === 'store-gone') {
    return new OperationFailedError(
      {
        cause: `WAL segment ${segment} could not be fetched, so recovery ended before it: the object store of repository '${repositoryId}' does not answer. ${said}`,
        object: repositoryId,
        nextStep:
          'Start the store or repair the way to it, then restore again.',
        code: 'repository-gone',
      },
      error,
    );
  }
  await noteDamagedSegment(context, databaseId, segment);
  return new OperationFailedError(
    {
      cause: `WAL segment ${segment} is damaged in the archive, so recovery ended there. ${said}`,
      object: segment,
      nextStep:
        'Restore a moment before it, or a backup taken after it. Take a full backup now; an earlier version of that object, or a second repository, may still have it whole.',
      code: 'log-damaged',
    },
    error,
  );
}
