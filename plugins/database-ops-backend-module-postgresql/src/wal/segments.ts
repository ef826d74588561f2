/*
 * Positions in the write-ahead log and the names of its segments. A position
 * fits a number: 2^53 bytes are 9 PB of log.
 */

export const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024;
const BYTES_PER_FILE_ID = 2 ** 32;

/** The byte position of an LSN such as `0/2000028`. */
export function parsePosition(lsn: string): number | undefined {
  const found = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(lsn);
  return found
    ? parseInt(found[1], 16) * BYTES_PER_FILE_ID + parseInt(found[2], 16)
    : undefined;
}

export function formatPosition(position: number): string {
  const hex = (value: number) => value.toString(16).toUpperCase();
  return `${hex(Math.floor(position / BYTES_PER_FILE_ID))}/${hex(position % BYTES_PER_FILE_ID)}`;
}

/** The timeline that a segment's name begins with. */
export function timelineOf(segment: string): number {
  return parseInt(segment.slice(0, 8), 16);
}

/** Running number of a segment, the same on every timeline. */
export function numberOf(segment: string, segmentBytes: number): number {
  const upper = parseInt(segment.slice(8, 16), 16);
  const index = parseInt(segment.slice(16, 24), 16);
  return upper * (BYTES_PER_FILE_ID / segmentBytes) + index;
}

export function segmentName(
  timeline: number,
  number: number,
  segmentBytes: number,
): string {
  const perFileId = BYTES_PER_FILE_ID / segmentBytes;
  return [timeline, Math.floor(number / perFileId), number % perFileId]
    .map(part => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** Byte position just behind a segment. */
export function endOfSegment(segment: string, segmentBytes: number): number {
  return (numberOf(segment, segmentBytes) + 1) * segmentBytes;
}

/**
 * The size of segments, which neither the archive nor `info` states: a power
 * of two from 1 MiB to 1 GiB by which the positions of all backups lie in the
 * segments they name; 16 MiB when that fits.
 */
export function segmentBytesOf(
  backups: readonly { readonly lsn: string; readonly segment: string }[],
): number {
  const fits = (bytes: number) =>
    backups.every(({ lsn, segment }) => {
      const position = parsePosition(lsn);
      return (
        position === undefined ||
        numberOf(segment, bytes) === Math.floor(position / bytes)
      );
    });
  const sizes = Array.from({ length: 11 }, (_, power) => 2 ** (20 + power));
  return [DEFAULT_SEGMENT_BYTES, ...sizes].find(fits) ?? DEFAULT_SEGMENT_BYTES;
}
