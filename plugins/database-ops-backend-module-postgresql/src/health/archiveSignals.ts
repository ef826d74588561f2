import { Signal, SignalStatus } from 'backstage-plugin-database-ops-common';
import {
  okSignal,
  signalOf,
  thresholdSignal,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { ArchiverRow, PrimaryFindings } from './findings';
import { endOfSegment } from '../wal/segments';
import { formatBytes, formatSeconds } from './format';
import { Limits } from './Limits';

/** Beyond `archive_timeout`, an archive command and a loaded store need some time. */
const ARCHIVE_GRACE_SECONDS = 60;
/** Without `archive_timeout` a segment leaves only when it is full; the usual objective is one hour. */
const WITHOUT_TIMEOUT_SECONDS = { warning: 3600, critical: 7200 };
/** What an idle server writes by itself after a switch: checkpoint and snapshot records; a commit may be as small. */
const IDLE_BYTES = 16_384;

export function archiveSignals(
  { member, archiver, archiveStatus }: PrimaryFindings,
  lastSegment: LastSegment | undefined,
  limits: Limits,
): readonly Signal[] {
  const { name } = member;
  if (!archiver.ok) {
    return unknownArchive(`${name}: ${archiver.reason}`, limits);
  }
  const row = archiver.value;
  if (row.archive_mode === 'off') {
    return [
      warningSignal({
        ...limits.facts('archiver'),
        member: name,
        sentence: `${name} does not archive its WAL (archive_mode is off): it can only be restored to its backups.`,
      }),
    ];
  }
  return [
    archiverSignal(name, row, limits),
    archiveStatus.ok
      ? thresholdSignal(
          {
            ...limits.facts('archive-backlog'),
            value: archiveStatus.value.ready,
            member: name,
            sentence: backlogSentence(name, row, archiveStatus.value.ready),
          },
          limits.bounds('archive-backlog'),
        )
      : unknownSignal({
          ...limits.facts('archive-backlog'),
          member: name,
          sentence: `How much WAL of ${name} waits for the archive is not known: ${archiveStatus.reason}.`,
        }),
    ageSignal(name, row, lastSegment, limits),
  ];
}

/** The same signals when nobody could be asked. */
export function unknownArchive(
  reason: string,
  limits: Limits,
): readonly Signal[] {
  return (['archiver', 'archive-backlog', 'archive-age'] as const).map(id => {
    const facts = limits.facts(id);
    return unknownSignal({
      ...facts,
      sentence: `'${facts.title}' is not known: ${reason}.`,
    });
  });
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

function archiverSignal(
  name: string,
  row: ArchiverRow,
  limits: Limits,
): Signal {
  const facts = (sentence: string) => ({
    ...limits.facts('archiver'),
    member: name,
    sentence,
  });
  const failing =
    row.failed_age_seconds !== null &&
    row.failed_age_seconds < (row.archived_age_seconds ?? Infinity);
  if (!failing) {
    return row.last_archived_wal === null
      ? warningSignal(facts(`${name} has not archived any WAL yet.`))
      : okSignal({
          ...facts(`${name} archives; the last was ${row.last_archived_wal}.`),
          value: 0,
        });
  }
  const since =
    row.archived_age_seconds === null
      ? 'nothing has been archived yet'
      : `the last success was ${formatSeconds(row.archived_age_seconds)} ago`;
  const sentence = `${name} fails to archive ${row.last_failed_wal}, last tried ${formatSeconds(row.failed_age_seconds ?? 0)} ago; ${since}. Read its log for what archive_command says.`;
  // What never succeeded fails at least since the statistics began: that is not known, and long enough.
  const failingSeconds = row.archived_age_seconds ?? row.up_seconds;
  return thresholdSignal(
    { ...facts(sentence), value: failingSeconds },
    limits.bounds('archiver'),
  );
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
  limits: Limits,
): Signal {
  const timeout = row.archive_timeout_seconds;
  const derived =
    timeout > 0
      ? {
          warning: 2 * timeout + ARCHIVE_GRACE_SECONDS,
          critical: 10 * timeout + 5 * ARCHIVE_GRACE_SECONDS,
        }
      : WITHOUT_TIMEOUT_SECONDS;
  const facts = limits.facts('archive-age', derived);
  const base = {
    ...facts,
    member: name,
    threshold: `${facts.threshold} (archive_timeout is ${timeout > 0 ? formatSeconds(timeout) : '0: a quiet database has no bound'})`,
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
    // With archive_timeout, whatever it is leaves in time.
    const { says, status } =
      timeout > 0 || waiting === 0
        ? { says: 'nothing was written since', status: 'ok' as const }
        : judgeRest(row, last, {
            ageSeconds: value,
            status: limits.status('archive-age', value, derived),
            waiting,
          });
    return signalOf(status, {
      ...base,
      value,
      sentence: `${sentence}; ${says}.`,
    });
  }
  return signalOf(limits.status('archive-age', value, derived), {
    ...base,
    value,
    sentence: `${sentence}; ${formatBytes(waiting)} written since are not in it.${notYetTimed(row, value)}`,
  });
}

const BOUND = 'set archive_timeout (30 s) so that it leaves';

/**
 * The few bytes behind an archive without archive_timeout: records of the
 * server itself, or a commit that stays there until a segment is full. The
 * time of the last commit tells, where the server keeps it.
 */
function judgeRest(
  row: ArchiverRow,
  last: LastSegment,
  found: {
    readonly ageSeconds: number;
    readonly status: SignalStatus;
    readonly waiting: number;
  },
): { readonly says: string; readonly status: SignalStatus } {
  const { last_commit_age_seconds: commitAgeSeconds } = row;
  if (commitAgeSeconds !== null && commitAgeSeconds < found.ageSeconds) {
    return {
      says: `the last commit, ${formatSeconds(commitAgeSeconds)} ago, is in no archive before its segment is full: ${BOUND}`,
      status: found.status,
    };
  }
  // A segment ends before it is archived; after failures, nobody knows how long before.
  const archivedPromptly = row.last_failed_wal !== last.name;
  if (
    commitAgeSeconds !== null &&
    archivedPromptly &&
    commitAgeSeconds > found.ageSeconds + ARCHIVE_GRACE_SECONDS
  ) {
    return {
      says: `no commit since, only ${formatBytes(found.waiting)} of the server's own records`,
      status: 'ok',
    };
  }
  return {
    says: `${formatBytes(found.waiting)} written since may hold a commit, which is in no archive before its segment is full: ${BOUND}${
      commitAgeSeconds === null
        ? '; with track_commit_timestamp = on the server would say whether there is one'
        : ''
    }`,
    status: found.status === 'critical' ? 'warning' : found.status,
  };
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
