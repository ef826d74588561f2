import fc from 'fast-check';
import {
  backupIn,
  commitIn,
  forkIn,
  inventoryOfSegments,
  numbers,
  timeIn,
} from '../__testUtils__/history';
import { recoveryWindowOf } from './recoveryWindow';
import { resolveMoment } from './resolveMoment';
import { readQuestion } from './question';

function windowOf(options: Parameters<typeof inventoryOfSegments>[0]) {
  return recoveryWindowOf('orders', inventoryOfSegments(options));
}

describe('the recovery window', () => {
  it('reaches from a second after the first backup to the last commit in log without a gap', () => {
    const { intervals, sentence } = windowOf({
      backups: [backupIn(2), backupIn(4)],
      segments: [[1, numbers(1, 6)]],
    });
    expect(intervals).toEqual([
      {
        kind: 'claimed',
        timeline: 1,
        from: { time: timeIn(2, 4), lsn: '0/219999A', timeline: 1 },
        to: { ...commitIn(6), timeline: 1 },
        backupId: 'backup-2',
      },
    ]);
    expect(sentence).toBe(
      'Restorable to any moment from 2026-11-23T00:02:04.000Z to 2026-11-23T00:06:50.000Z.',
    );
  });

  it('has a gap that names the missing segment and lasts until the next backup', () => {
    const { intervals, sentence } = windowOf({
      backups: [backupIn(2), backupIn(7)],
      segments: [[1, numbers(1, 9, [5])]],
    });
    expect(intervals.map(({ kind }) => kind)).toEqual([
      'claimed',
      'gap',
      'claimed',
    ]);
    const [, gap] = intervals;
    expect(gap.reason).toBe(
      'WAL segment 000000010000000000000005 is missing in the archive; the next backup closes the gap.',
    );
    expect(gap.from.time).toBe(commitIn(4).time);
    expect(gap.to.time).toBe(timeIn(7, 4));
    expect(sentence).toContain('with 1 gap');
  });

  it('keeps a gap open that no backup follows', () => {
    const { intervals } = windowOf({
      backups: [backupIn(2)],
      segments: [[1, numbers(1, 9, [5, 6])]],
    });
    expect(intervals.map(({ kind }) => kind)).toEqual(['claimed', 'gap']);
    expect(intervals[1].reason).toBe(
      '2 WAL segments are missing in the archive, 000000010000000000000005 to 000000010000000000000006; only a new backup closes the gap.',
    );
    expect(intervals[1].to.time).toBe(commitIn(9).time);
  });

  it('claims nothing from a backup whose own log is missing', () => {
    const { intervals, sentence } = windowOf({
      backups: [backupIn(5)],
      segments: [[1, numbers(1, 9, [5])]],
    });
    expect(intervals).toEqual([]);
    expect(sentence).toContain('the WAL that they need is missing');
  });

  it('has branches after a promotion: the old timeline to its last commit, the new one from the fork on', () => {
    const { intervals, sentence } = windowOf({
      backups: [backupIn(2)],
      // The promoted server archives the segment of the fork under its own timeline.
      segments: [
        [1, numbers(1, 4)],
        [2, numbers(5, 8)],
      ],
      branches: [forkIn(5)],
    });
    expect(
      intervals.map(({ kind, timeline, from, to }) => [
        kind,
        timeline,
        from.time,
        to.time,
      ]),
    ).toEqual([
      ['claimed', 1, timeIn(2, 4), commitIn(4).time],
      // What was committed in the unfinished segment lies between.
      ['claimed', 2, commitIn(4).time, commitIn(8).time],
    ]);
    expect(sentence).toContain('on 2 timelines');
  });

  it('shows that a timeline cannot be reached when the log before its fork is missing', () => {
    const { intervals } = windowOf({
      backups: [backupIn(2)],
      segments: [
        [1, numbers(1, 3)],
        [2, numbers(5, 8)],
      ],
      branches: [forkIn(5)],
    });
    expect(intervals).toMatchObject([
      { kind: 'claimed', timeline: 1 },
      {
        kind: 'gap',
        timeline: 2,
        reason:
          'no backup leads to timeline 2: WAL before 000000020000000000000005 is missing in the archive; only a new backup closes the gap.',
      },
    ]);
  });

  it('never claims a moment that cannot be resolved, nor resolves one by way of a missing segment', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
        fc.option(fc.integer({ min: 3, max: 28 }), { nil: undefined }),
        fc.integer({ min: 0, max: 31 * 60 }),
        (backups, missing, forkAt, second) => {
          const last = 30;
          const inventory = inventoryOfSegments({
            backups: backups.map(number =>
              backupIn(number, {
                timeline: forkAt !== undefined && number > forkAt ? 2 : 1,
              }),
            ),
            segments: [
              [
                1,
                numbers(1, forkAt === undefined ? last : forkAt - 1, missing),
              ],
              ...(forkAt === undefined
                ? []
                : [[2, numbers(forkAt, last, missing)] as const]),
            ],
            branches: forkAt === undefined ? [] : [forkIn(forkAt)],
          });
          const time = timeIn(0, second);
          const number = Math.floor(second / 60);
          const resolution = resolveMoment(
            inventory,
            readQuestion({ kind: 'time', time }),
          );
          const { intervals } = recoveryWindowOf('orders', inventory);
          const isClaimed = intervals.some(
            ({ kind, from, to }) =>
              kind === 'claimed' && from.time <= time && time <= to.time,
          );
          expect(resolution.reachable).toBe(isClaimed);
          // From a backup before it, over no missing segment.
          const from = Number(resolution.backupId?.split('-')[1] ?? number);
          expect(from).toBeLessThanOrEqual(number);
          expect(
            resolution.reachable
              ? missing.filter(gone => gone >= from && gone <= number)
              : [],
          ).toEqual([]);
          const near = (resolution.nearest ?? []).map(
            moment =>
              resolveMoment(
                inventory,
                readQuestion({
                  kind: 'time',
                  time: moment.time,
                  timeline: moment.timeline!,
                }),
              ).reachable,
          );
          expect(near.filter(reachable => !reachable)).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });
});
