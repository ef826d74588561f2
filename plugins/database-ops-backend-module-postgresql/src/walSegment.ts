/*
 * Names of WAL segments: eight hexadecimal digits each for the timeline, the
 * upper half of the position, and the segment within 4 GiB.
 */

/** The timeline that a segment's name begins with. */
export function timelineOf(segment: string): number {
  return parseInt(segment.slice(0, 8), 16);
}

/** Byte position just behind a segment. */
export function endOfSegment(segment: string, segmentBytes: number): number {
  const upper = parseInt(segment.slice(8, 16), 16);
  const index = parseInt(segment.slice(16, 24), 16);
  return upper * 2 ** 32 + (index + 1) * segmentBytes;
}
