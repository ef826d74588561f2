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
): RecoveryInterval => ({
  kind,
  timeline,
  from: moment(from, timeline),
  to: moment(to, timeline),
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
    ['of a moment outside', proof('a', 55)],
    ['of the very end of a backup', proof('a', 10)],
  ])('takes nothing from one %s', (_name, unfit) => {
    expect(shown([interval('claimed', 10, 50)], [unfit])).toEqual([
      'claimed 10-50',
    ]);
  });

  it('leaves gaps alone, and does not reach over them', () => {
    expect(
      shown(
        [
          interval('claimed', 10, 20),
          interval('gap', 20, 30),
          interval('claimed', 30, 50),
        ],
        [proof('a', 15), proof('a', 40)],
      ),
    ).toEqual([
      'proved 10-15',
      'claimed 15-20',
      'gap 20-30',
      // What is behind the gap hangs on backup b, which nobody restored.
      'claimed 30-50',
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
