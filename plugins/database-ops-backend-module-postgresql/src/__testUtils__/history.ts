import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory, LogBranch } from 'backstage-plugin-database-ops-node';
import { archivedRanges } from '../wal/archivedRanges';
import { formatInstant, parseInstant } from '../wal/instant';
import {
  DEFAULT_SEGMENT_BYTES,
  formatPosition,
  segmentName,
} from '../wal/segments';

/** Each segment of these histories holds one minute of commits from here on. */
const BEGIN = parseInstant('2026-11-23T00:00:00Z')!;
const MINUTE = 60_000_000;

function positionIn(number: number, share: number): string {
  return formatPosition(Math.round((number + share) * DEFAULT_SEGMENT_BYTES));
}

/** The last commit of a segment of that number. */
export function commitIn(number: number): {
  readonly time: string;
  readonly lsn: string;
} {
  return {
    time: formatInstant(BEGIN + number * MINUTE + 50_000_000),
    lsn: positionIn(number, 0.75),
  };
}

/** A time of a segment's minute. */
export function timeIn(number: number, seconds = 0): string {
  return formatInstant(BEGIN + number * MINUTE + seconds * 1_000_000);
}

/** A backup that begins and ends in a segment, in the first seconds of its minute. */
export function backupIn(
  number: number,
  options: { readonly timeline?: number; readonly id?: string } = {},
): Backup {
  const { timeline = 1, id = `backup-${number}` } = options;
  const moment = (seconds: number, share: number) => ({
    time: timeIn(number, seconds),
    lsn: positionIn(number, share),
    timeline,
  });
  return {
    id,
    databaseId: 'orders',
    type: 'full',
    startedAt: timeIn(number, 1),
    stoppedAt: timeIn(number, 3),
    sizeBytes: 1000,
    chain: [id],
    from: moment(1, 0.01),
    to: moment(3, 0.1),
    state: 'present',
  };
}

/** An inventory of backups and of archived segments, `[timeline, numbers]`. */
export function inventoryOfSegments(options: {
  readonly backups: readonly Backup[];
  readonly segments: readonly (readonly [number, readonly number[]])[];
  readonly branches?: readonly LogBranch[];
}): Inventory {
  const ranges = archivedRanges(
    options.segments.flatMap(([timeline, archived]) =>
      archived.map(number => ({
        name: segmentName(timeline, number, DEFAULT_SEGMENT_BYTES),
        at: new Date(timeIn(number + 1, 2)),
      })),
    ),
    DEFAULT_SEGMENT_BYTES,
  );
  return {
    version: 1,
    databaseId: 'orders',
    engine: 'postgresql',
    observedAt: timeIn(1000),
    backups: options.backups,
    logs: ranges.map(range => {
      const last = parseInt(range.to.slice(16), 16);
      const { time, lsn } = commitIn(last);
      return { ...range, lastCommitAt: time, lastCommitPosition: lsn };
    }),
    branches: options.branches ?? [],
  };
}

/** The numbers from one to another, both included, without some. */
export function numbers(
  from: number,
  to: number,
  without: readonly number[] = [],
): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n).filter(
    number => !without.includes(number),
  );
}

/** Timeline 2 leaves timeline 1 in the middle of a segment. */
export function forkIn(number: number, at = timeIn(number, 30)): LogBranch {
  return {
    branch: '2',
    parent: '1',
    position: positionIn(number, 0.5),
    at,
  };
}
