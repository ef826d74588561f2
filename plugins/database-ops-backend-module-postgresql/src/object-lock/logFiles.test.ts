import { LogFile, rangesOf } from './logFiles';

const SEGMENT_BYTES = 16 * 1024 * 1024;
const FOLDER = 'archive/main/15-1';
const DAY_1 = '2026-12-01T12:00:00.000Z';
const LATER_DAY_1 = '2026-12-01T18:00:00.000Z';
const DAY_9 = '2026-12-09T12:00:00.000Z';

const file = (name: string, lockedUntil?: string, copy = 'a'): LogFile => ({
  key: `${name}-${copy}`,
  folder: FOLDER,
  name,
  lockedUntil,
});
const segment = (number: number, timeline = 1) =>
  `0000000${timeline}00000000000000${number.toString(16).toUpperCase().padStart(2, '0')}`;
const ranges = (...files: readonly LogFile[]) =>
  rangesOf(files, SEGMENT_BYTES).map(({ from, to, until }) => [
    from,
    to,
    until,
  ]);

describe('what is written down of locked WAL', () => {
  it('is a range with the earliest end while locks end within a day of each other', () => {
    expect(
      ranges(
        file(segment(3), LATER_DAY_1),
        file(segment(2), DAY_1),
        file(segment(4), DAY_9),
        file(segment(5), DAY_9),
      ),
    ).toEqual([
      [segment(2), segment(3), DAY_1],
      [segment(4), segment(5), DAY_9],
    ]);
  });

  it('covers no segment that is not locked, or was not there: it may arrive later', () => {
    expect(
      ranges(
        file(segment(1), DAY_1),
        file(segment(2)),
        file(segment(3), DAY_1),
        file(segment(5), DAY_1),
      ),
    ).toEqual([
      [segment(1), segment(1), DAY_1],
      [segment(3), segment(3), DAY_1],
      [segment(5), segment(5), DAY_1],
    ]);
  });

  it('keeps timelines and their histories apart', () => {
    expect(
      ranges(
        file(segment(1), DAY_1),
        file(segment(2, 2), DAY_1),
        file('00000002.history', DAY_1),
      ),
    ).toEqual([
      [segment(1), segment(1), DAY_1],
      ['00000002.history', '00000002.history', DAY_1],
      [segment(2, 2), segment(2, 2), DAY_1],
    ]);
  });

  it('holds a segment that is there twice to be locked when both files are', () => {
    expect(
      ranges(file(segment(1), DAY_9, 'a'), file(segment(1), DAY_1, 'b')),
    ).toEqual([[segment(1), segment(1), DAY_1]]);
    for (const [first, second] of [
      [DAY_1, undefined],
      [undefined, DAY_1],
    ]) {
      expect(
        ranges(file(segment(1), first, 'a'), file(segment(1), second, 'b')),
      ).toEqual([]);
    }
  });
});
