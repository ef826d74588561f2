import {
  Backup,
  Proof,
  RecoveryInterval,
} from 'backstage-plugin-database-ops-common';
import { markProved } from './markProved';

const moment = (minute: number, timeline = 1) => ({
  time: new Date(Date.UTC(2026, 10, 23, 0, minute)).toISOString(),
  timeline,
});

const minuteOf = ({ time }: { time: string }) => new Date(time).getUTCMinutes();

const backup = (id: string, minute: number): Backup => ({
  id,
  databaseId: 'orders',
  type: 'full',
  startedAt: moment(minute).time,
  stoppedAt: moment(minute).time,
  to: moment(minute),
  chain: [id],
  state: 'present',
});

const interval = (
  kind: RecoveryInterval['kind'],
  from: number,
  to: number,
  timeline = 1,
  backupId?: string,
): RecoveryInterval => ({
  kind,
  timeline,
  from: moment(from, timeline),
  to: moment(to, timeline),
  ...(backupId === undefined ? {} : { backupId }),
});

const proof = (
  backupId: string,
  minute: number,
  facts: Partial<Proof> = {},
): Proof => ({
  id: `${backupId}-${minute}`,
  databaseId: 'orders',
  operationId: `${backupId}-${minute}`,
  depth: 'time',
  state: 'proved',
  sentence: '',
  startedAt: moment(minute).time,
  endedAt: moment(minute).time,
  backupId,
  moment: moment(minute),
  checks: [],
  ...facts,
});

const BACKUPS = [backup('a', 10), backup('b', 30)];

function shown(
  intervals: readonly RecoveryInterval[],
  proofs: readonly Proof[],
  backups = BACKUPS,
) {
  return markProved(intervals, proofs, backups).map(
    ({ kind, from, to }) => `${kind} ${minuteOf(from)}-${minuteOf(to)}`,
  );
}

describe('markProved', () => {
  it('proves from the end of the backup to the moment that was restored, and nothing beyond', () => {
    expect(shown([interval('claimed', 10, 50)], [proof('a', 20)])).toEqual([
      'proved 10-20',
      'claimed 20-50',
    ]);
    expect(shown([interval('claimed', 10, 50)], [proof('b', 40)])).toEqual([
      'claimed 10-30',
      'proved 30-40',
      'claimed 40-50',
    ]);
  });

  it('joins what several proofs say', () => {
    expect(
      shown(
        [interval('claimed', 10, 50)],
        [proof('b', 50), proof('a', 20), proof('a', 35), proof('a', 15)],
      ),
    ).toEqual(['proved 10-50']);
  });

  it.each([
    ['failed', proof('a', 20, { state: 'failed' })],
    ['partial', proof('a', 20, { state: 'partial' })],
    ['of checksums only', proof('a', 20, { depth: 'repository' })],
    ['of a backup that is gone', proof('gone', 20)],
    ['of another timeline', proof('a', 20, { moment: moment(20, 2) })],
    ['of the very end of a backup', proof('a', 10)],
    ['of a backup behind it', proof('b', 40), [interval('claimed', 10, 20)]],
  ] as [string, Proof, RecoveryInterval[]?][])(
    'takes nothing from one %s',
    (_name, unfit, intervals = [interval('claimed', 10, 50)]) => {
      const [{ from, to }] = intervals;
      expect(shown(intervals, [unfit])).toEqual([
        `claimed ${minuteOf(from)}-${minuteOf(to)}`,
      ]);
    },
  );

  it('proves an interval that begins later than the end of its own backup', () => {
    // The end of a backup is known to the second, so the first moment that is surely behind it is later.
    expect(
      shown([interval('claimed', 11, 50, 1, 'a')], [proof('a', 20)]),
    ).toEqual(['proved 11-20', 'claimed 20-50']);
  });

  it('proves no more of an interval than there is, when the moment lies behind its end', () => {
    expect(
      shown([interval('claimed', 10, 50, 1, 'a')], [proof('a', 55)]),
    ).toEqual(['proved 10-50']);
  });

  it('proves an interval that is one moment: nothing was written since the backup', () => {
    expect(
      shown([interval('claimed', 10, 10, 1, 'a')], [proof('a', 10)]),
    ).toEqual(['proved 10-10']);
    expect(
      shown([interval('claimed', 10, 10, 1, 'a')], [proof('b', 40)]),
    ).toEqual(['claimed 10-10']);
  });

  it.each([
    { told: 'told', a: 'a', b: 'b' },
    { told: 'not told', a: undefined, b: undefined },
  ])(
    'leaves gaps alone, and does not reach over them; the backups of the intervals are $told',
    ({ a, b }) => {
      expect(
        shown(
          [
            interval('claimed', 10, 20, 1, a),
            interval('gap', 20, 30),
            interval('claimed', 30, 50, 1, b),
          ],
          [proof('a', 15), proof('a', 40)],
        ),
      ).toEqual([
        // All of it was replayed on the way to the later moment.
        'proved 10-20',
        'gap 20-30',
        // What is behind the gap hangs on backup b, which nobody restored.
        'claimed 30-50',
      ]);
    },
  );

  it('does not reach over a gap of a later timeline from a backup of an earlier one', () => {
    const backups = [
      backup('a', 10),
      { ...backup('c', 40), to: moment(40, 2) },
    ];
    const onSecond = { moment: moment(45, 2) };
    const intervals = [
      interval('claimed', 20, 25, 2, 'a'),
      interval('gap', 25, 41, 2),
      interval('claimed', 41, 50, 2, 'c'),
    ];
    expect(shown(intervals, [proof('a', 45, onSecond)], backups)).toEqual([
      'proved 20-25',
      'gap 25-41',
      'claimed 41-50',
    ]);
    expect(shown(intervals, [proof('c', 45, onSecond)], backups)).toEqual([
      'claimed 20-25',
      'gap 25-41',
      'proved 41-45',
      'claimed 45-50',
    ]);
  });

  it('proves a fork from its beginning, by a backup of the timeline before', () => {
    expect(
      shown(
        [interval('claimed', 10, 20), interval('claimed', 20, 50, 2)],
        [proof('a', 30, { moment: moment(30, 2) })],
      ),
    ).toEqual(['claimed 10-20', 'proved 20-30', 'claimed 30-50']);
  });
});
