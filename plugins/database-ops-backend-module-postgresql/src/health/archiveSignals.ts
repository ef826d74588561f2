import { Signal } from 'backstage-plugin-database-ops-common';
import {
  criticalSignal,
  judge,
  okSignal,
  signalOf,
  thresholdSignal,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { ArchiverRow, PrimaryFindings } from './findings';
import { endOfSegment } from '../wal/segments';
import { formatBytes, formatSeconds } from './format';

/** Archiving is retried by the server: only what keeps failing this long is critical. */
const FAILING_CRITICAL_SECONDS = 300;
/** Ten segments are 160 MB; a hundred are 1.6 GB of disk and of possible loss. */
const BACKLOG_SEGMENTS = { warning: 10, critical: 100 };
/** Beyond `archive_timeout`, an archive command and a loaded store need some time. */
const ARCHIVE_GRACE_SECONDS = 60;
/** Without `archive_timeout` a segment leaves only when it is full; the usual objective is one hour. */
const WITHOUT_TIMEOUT_SECONDS = { warning: 3600, critical: 7200 };
/** What an idle server writes by itself after a switch: checkpoint and snapshot records. */
const IDLE_BYTES = 16_384;

const ARCHIVER_THRESHOLD =
  'warning when the last attempt failed, critical after 5 min';
const BACKLOG_THRESHOLD = 'warning above 10 segments, critical above 100';

export function archiveSignals(
  { member, archiver, archiveStatus }: PrimaryFindings,
  lastSegment: LastSegment | undefined,
): readonly Signal[] {
  const { name } = member;
  if (!archiver.ok) {
    return unknownArchive(`${name}: ${archiver.reason}`);
  }
  const row = archiver.value;
  if (row.archive_mode === 'off') {
    return [
      warningSignal({
        id: 'archiver',
        title: 'WAL archiver',
        member: name,
        threshold: ARCHIVER_THRESHOLD,
        sentence: `${name} does not archive its WAL (archive_mode is off): it can only be restored to its backups.`,
      }),
    ];
  }
  return [
    archiverSignal(name, row),
    archiveStatus.ok
      ? thresholdSignal(
          {
            id: 'archive-backlog',
            title: 'WAL waiting for the archive',
            value: archiveStatus.value.ready,
            unit: '1',
            member: name,
            threshold: BACKLOG_THRESHOLD,
            sentence: backlogSentence(name, row, archiveStatus.value.ready),
          },
          BACKLOG_SEGMENTS,
        )
      : unknownSignal({
          id: 'archive-backlog',
          title: 'WAL waiting for the archive',
          member: name,
          threshold: BACKLOG_THRESHOLD,
          sentence: `How much WAL of ${name} waits for the archive is not known: ${archiveStatus.reason}.`,
        }),
    ageSignal(name, row, lastSegment),
  ];
}

/** The same signals when nobody could be asked. */
export function unknownArchive(reason: string): readonly Signal[] {
  return [
    ['archiver', 'WAL archiver', ARCHIVER_THRESHOLD],
    ['archive-backlog', 'WAL waiting for the archive', BACKLOG_THRESHOLD],
    ['archive-age', 'Age of the archive', 'follows archive_timeout'],
  ].map(([id, title, threshold]) =>
    unknownSignal({
      id,
      title,
      threshold,
      sentence: `'${title}' is not known: ${reason}.`,
    }),
  );
}

function backlogSentence(
  name: string,
  row: ArchiverRow,
  ready: number,
): string {
  return ready === 0
    ? `No WAL segment of ${name} waits for the archive.`
    : `${ready} WAL ${ready === 1 ? 'segment' : 'segments'} of ${name} (${formatBytes(ready * row.segment_bytes)}) wait for the archive.`;
}

function archiverSignal(name: string, row: ArchiverRow): Signal {
  const facts = (sentence: string) => ({
    id: 'archiver',
    title: 'WAL archiver',
    value: row.failed_count,
    unit: '1',
    member: name,
    threshold: ARCHIVER_THRESHOLD,
    sentence,
  });
  const failing =
    row.failed_age_seconds !== null &&
    row.failed_age_seconds < (row.archived_age_seconds ?? Infinity);
  if (!failing) {
    return row.last_archived_wal === null
      ? warningSignal(facts(`${name} has not archived any WAL yet.`))
      : okSignal(
          facts(`${name} archives; the last was ${row.last_archived_wal}.`),
        );
  }
  const since =
    row.archived_age_seconds === null
      ? 'nothing has been archived yet'
      : `the last success was ${formatSeconds(row.archived_age_seconds)} ago`;
  const sentence = `${name} fails to archive ${row.last_failed_wal}, last tried ${formatSeconds(row.failed_age_seconds ?? 0)} ago; ${since}. Read its log for what archive_command says.`;
  return (row.archived_age_seconds ?? Infinity) > FAILING_CRITICAL_SECONDS
    ? criticalSignal(facts(sentence))
    : warningSignal(facts(sentence));
}

/** The last archived file that was a WAL segment; the newest archived file may be a backup's history file. */
export interface LastSegment {
  readonly name: string;
  readonly archivedAtMilliseconds: number;
}

const SEGMENT_NAME = /^[0-9A-F]{24}$/;

/** The newest archived segment, by the archiver's statistics or by the server's marks. */
export function lastSegmentOf(
  { archiver, archiveStatus }: PrimaryFindings,
  nowMilliseconds: number,
): LastSegment | undefined {
  const archived = (file: string | null, ageSeconds: number | null) => {
    if (file === null || ageSeconds === null) {
      return [];
    }
    // A backup's history file `<segment>.<offset>.backup` is archived right after that segment.
    const name = file.slice(0, 24);
    return SEGMENT_NAME.test(name) &&
      /^(\.[0-9A-F]{8}\.backup)?$/.test(file.slice(24))
      ? [{ name, archivedAtMilliseconds: nowMilliseconds - ageSeconds * 1000 }]
      : [];
  };
  const stated = archiver.ok
    ? archived(
        archiver.value.last_archived_wal,
        archiver.value.archived_age_seconds,
      )
    : [];
  const marked = archiveStatus.ok
    ? archived(
        archiveStatus.value.done_segment,
        archiveStatus.value.done_age_seconds,
      )
    : [];
  return [...stated, ...marked].reduce<LastSegment | undefined>(
    (newest, each) => (newest && newest.name >= each.name ? newest : each),
    undefined,
  );
}

function ageSignal(
  name: string,
  row: ArchiverRow,
  last: LastSegment | undefined,
): Signal {
  const timeout = row.archive_timeout_seconds;
  const limits =
    timeout > 0
      ? {
          warning: 2 * timeout + ARCHIVE_GRACE_SECONDS,
          critical: 10 * timeout + 5 * ARCHIVE_GRACE_SECONDS,
        }
      : WITHOUT_TIMEOUT_SECONDS;
  const base = {
    id: 'archive-age',
    title: 'Age of the archive',
    unit: 's',
    member: name,
    threshold: `warning above ${formatSeconds(limits.warning)}, critical above ${formatSeconds(limits.critical)} (archive_timeout is ${timeout > 0 ? formatSeconds(timeout) : '0: a quiet database has no bound'})`,
  };
  if (!last) {
    return unknownSignal({
      ...base,
      sentence: `How old the archive of ${name} is, is not known: no WAL segment has been archived since its statistics began.`,
    });
  }
  const value = Math.max(0, (Date.now() - last.archivedAtMilliseconds) / 1000);
  const waiting = Math.max(
    0,
    row.current_bytes - endOfSegment(last.name, row.segment_bytes),
  );
  const sentence = `The archive of ${name} ends ${formatSeconds(value)} ago with ${last.name}`;
  if (waiting <= IDLE_BYTES) {
    return okSignal({
      ...base,
      value,
      sentence: `${sentence}; nothing was written since.`,
    });
  }
  return signalOf(judge(value, limits), {
    ...base,
    value,
    sentence: `${sentence}; ${formatBytes(waiting)} written since are not in it.${notYetTimed(row, value)}`,
  });
}

/**
 * From version 15 on the checkpointer starts before recovery ends and sleeps
 * for a whole checkpoint_timeout before it looks at archive_timeout, unless
 * something wakes it.
 */
function notYetTimed(row: ArchiverRow, archiveAgeSeconds: number): string {
  const { up_seconds, checkpoint_timeout_seconds, archive_timeout_seconds } =
    row;
  return archive_timeout_seconds > 0 &&
    up_seconds < checkpoint_timeout_seconds &&
    archiveAgeSeconds >= up_seconds
    ? ` It started ${formatSeconds(up_seconds)} ago, and PostgreSQL looks at archive_timeout only ${formatSeconds(checkpoint_timeout_seconds)} after a start (checkpoint_timeout): reload it after each start, for example by ExecStartPost.`
    : '';
}
