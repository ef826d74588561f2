import { RecoveryInterval } from 'backstage-plugin-database-ops-common';

/**
 * A moment of what can be restored, by a share from 0 to 1 of all of it; times
 * lie strictly inside an interval, for its last commit itself cannot be a
 * target. `undefined` when no interval has any length.
 */
export function pickMoment(
  intervals: readonly RecoveryInterval[],
  share: number,
): string | undefined {
  const lengths = intervals
    .filter(({ kind }) => kind !== 'gap')
    .map(({ from, to }) => {
      const start = Date.parse(from.time);
      return { start, length: Math.max(0, Date.parse(to.time) - start - 2) };
    });
  let left =
    Math.min(Math.max(share, 0), 1) *
    lengths.reduce((sum, { length }) => sum + length, 0);
  for (const { start, length } of lengths) {
    if (length > 0 && left <= length) {
      return new Date(start + 1 + Math.floor(left)).toISOString();
    }
    left -= length;
  }
  return undefined;
}
