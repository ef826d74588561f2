import fc from 'fast-check';
import { parseCommit } from '../inventory/CommitReader';
import { parseArchiveListing } from '../inventory/archiveListing';
import { archivedRanges, describeMissing } from './archivedRanges';
import { formatInstant, parseInstant } from './instant';
import {
  DEFAULT_SEGMENT_BYTES,
  formatPosition,
  numberOf,
  parsePosition,
  segmentBytesOf,
  segmentName,
  timelineOf,
} from './segments';
import { branchOfHistory } from './timelineHistory';

const at = new Date('2026-11-23T00:00:00Z');

describe('segments', () => {
  it('have names and positions that lead back to each other, whatever their size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.integer({ min: 0, max: 2 ** 22 }),
        fc.integer({ min: 20, max: 30 }),
        (timeline, number, power) => {
          const bytes = 2 ** power;
          const name = segmentName(timeline, number, bytes);
          expect(timelineOf(name)).toBe(timeline);
          expect(numberOf(name, bytes)).toBe(number);
          const position = number * bytes + 40;
          expect(parsePosition(formatPosition(position))).toBe(position);
        },
      ),
    );
  });

  it('have the size by which all backups lie in the segments they name', () => {
    expect(segmentBytesOf([])).toBe(DEFAULT_SEGMENT_BYTES);
    expect(
      segmentBytesOf([
        { lsn: '1/40000028', segment: '000000010000000100000010' },
      ]),
    ).toBe(64 * 1024 * 1024);
    expect(
      segmentBytesOf([
        { lsn: '0/2000028', segment: '000000010000000000000002' },
      ]),
    ).toBe(DEFAULT_SEGMENT_BYTES);
  });

  it('make ranges that end exactly where one is missing', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 250, max: 270 }), { minLength: 1 }),
        present => {
          const ranges = archivedRanges(
            present.map(number => ({
              name: segmentName(3, number, DEFAULT_SEGMENT_BYTES),
              at,
            })),
            DEFAULT_SEGMENT_BYTES,
          );
          const covered = ranges.flatMap(({ from, to }) => {
            const first = numberOf(from, DEFAULT_SEGMENT_BYTES);
            const last = numberOf(to, DEFAULT_SEGMENT_BYTES);
            return Array.from(
              { length: last - first + 1 },
              (_, n) => first + n,
            );
          });
          expect(covered).toEqual([...present].sort((a, b) => a - b));
          for (const [index, after] of ranges.slice(1).entries()) {
            expect(describeMissing(ranges[index], after)).toContain(
              segmentName(
                3,
                numberOf(ranges[index].to, DEFAULT_SEGMENT_BYTES) + 1,
                DEFAULT_SEGMENT_BYTES,
              ),
            );
          }
        },
      ),
    );
  });
});

describe('what pgBackRest and pg_waldump print', () => {
  it('gives segments and histories, and nothing of partial segments and backup labels', () => {
    const sum = 'a'.repeat(40);
    const { segments, histories } = parseArchiveListing(
      JSON.stringify({
        '.': { type: 'path' },
        '00000002.history': { type: 'file', size: 42, time: 1795424976 },
        '0000000100000000': { type: 'path' },
        [`0000000100000000/000000010000000000000001-${sum}.zst`]: {
          type: 'file',
          size: 1,
          time: 1795424976,
        },
        [`0000000100000000/000000010000000000000002.partial-${sum}.zst`]: {
          type: 'file',
          size: 1,
          time: 1795424976,
        },
        '0000000100000000/000000010000000000000002.00000028.backup': {
          type: 'file',
          size: 368,
          time: 1795424976,
        },
      }),
      'archive/main/15-1',
    );
    expect(segments).toEqual([
      {
        name: '000000010000000000000001',
        path: `archive/main/15-1/0000000100000000/000000010000000000000001-${sum}.zst`,
        at: new Date('2026-11-23T09:09:36Z'),
      },
    ]);
    expect(histories).toMatchObject([
      { timeline: 2, path: 'archive/main/15-1/00000002.history' },
    ]);
  });

  it('gives commits with their microseconds, of prepared transactions too', () => {
    const line = (desc: string) =>
      `rmgr: Transaction len (rec/tot):    130/   130, tx:        742, lsn: 0/04049280, prev 0/04049240, desc: ${desc}`;
    expect(
      parseCommit(
        line('COMMIT 2026-11-23 09:10:00.854904 UTC; inval msgs: catcache 63'),
      ),
    ).toEqual({
      lastCommitAt: '2026-11-23T09:10:00.854904Z',
      lastCommitPosition: '0/4049280',
    });
    expect(
      parseCommit(line('COMMIT_PREPARED 735: 2026-11-23 09:10:00.5 UTC')),
    ).toMatchObject({ lastCommitAt: '2026-11-23T09:10:00.500Z' });
    expect(parseCommit(line('ABORT 2026-11-23 09:10:00.5 UTC'))).toBe(
      undefined,
    );
  });

  it('gives the fork of a timeline by the last line of its history', () => {
    expect(
      branchOfHistory(
        3,
        '1\t0/5000148\tno recovery target specified\n\n2\t0/9000000\tbefore 2026-11-23 09:10:00+00\n',
        at,
      ),
    ).toEqual({
      branch: '3',
      parent: '2',
      position: '0/9000000',
      at: '2026-11-23T00:00:00.000Z',
    });
    expect(branchOfHistory(2, 'garbage')).toBeUndefined();
  });
});

describe('instants', () => {
  it('keep microseconds there and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e15 }), instant => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
    );
  });

  it('need an offset, and understand PostgreSQL and ISO 8601', () => {
    const utc = parseInstant('2026-11-23T09:10:00Z');
    for (const text of [
      '2026-11-23 09:10:00 UTC',
      '2026-11-23T09:10Z',
      '2026-11-23 14:40:00+05:30',
      '2026-11-23 14:40:00+0530',
      '2026-11-23T10:10:00.000000+01',
    ]) {
      expect(parseInstant(text)).toBe(utc);
    }
    expect(parseInstant('2026-11-23T09:10:00')).toBeUndefined();
    expect(parseInstant('2026-13-23T09:10:00Z')).toBeUndefined();
  });
});
