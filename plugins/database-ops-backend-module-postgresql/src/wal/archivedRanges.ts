import { LogRange } from 'backstage-plugin-database-ops-node';
import {
  DEFAULT_SEGMENT_BYTES,
  endOfSegment,
  formatPosition,
  numberOf,
  segmentName,
  timelineOf,
} from './segments';

/** A segment as the archive lists it. */
export interface ArchivedSegment {
  readonly name: string;
  /** When it arrived. */
  readonly at: Date;
}

/**
 * The contiguous ranges of an archive, by timeline and position: where one
 * ends and another of the same timeline begins, segments are missing.
 */
export function archivedRanges(
  segments: readonly ArchivedSegment[],
  segmentBytes: number,
): LogRange[] {
  const byName = new Map(segments.map(segment => [segment.name, segment]));
  const sorted = [...byName.values()].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const ranges: ArchivedSegment[][] = [];
  for (const segment of sorted) {
    const range = ranges.at(-1);
    const last = range?.at(-1);
    if (last && follows(last.name, segment.name, segmentBytes)) {
      range!.push(segment);
    } else {
      ranges.push([segment]);
    }
  }
  return ranges.map(range => toLogRange(range[0], range.at(-1)!, segmentBytes));
}

function follows(before: string, after: string, segmentBytes: number): boolean {
  return (
    timelineOf(before) === timelineOf(after) &&
    numberOf(before, segmentBytes) + 1 === numberOf(after, segmentBytes)
  );
}

function toLogRange(
  first: ArchivedSegment,
  last: ArchivedSegment,
  segmentBytes: number,
): LogRange {
  const end = endOfSegment(last.name, segmentBytes);
  const begin = endOfSegment(first.name, segmentBytes) - segmentBytes;
  return {
    branch: String(timelineOf(first.name)),
    from: first.name,
    to: last.name,
    segmentBytes,
    fromPosition: formatPosition(begin),
    toPosition: formatPosition(end),
    firstAt: first.at.toISOString(),
    lastAt: last.at.toISOString(),
  };
}

/** What is missing between two ranges of a timeline, in words. */
export function describeMissing(before: LogRange, after: LogRange): string {
  const segmentBytes = before.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
  const first = numberOf(before.to, segmentBytes) + 1;
  const last = numberOf(after.from, segmentBytes) - 1;
  const name = (number: number) =>
    segmentName(Number(before.branch), number, segmentBytes);
  return first === last
    ? `WAL segment ${name(first)} is missing in the archive`
    : `${last - first + 1} WAL segments are missing in the archive, ${name(first)} to ${name(last)}`;
}
