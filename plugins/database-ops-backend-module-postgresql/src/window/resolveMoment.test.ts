import { JsonObject } from '@backstage/types';
import {
  backupIn,
  commitIn,
  forkIn,
  inventoryOfSegments,
  numbers,
  timeIn,
} from '../__testUtils__/history';
import { readQuestion } from './question';
import { recoveryWindowOf } from './recoveryWindow';
import { resolveMoment } from './resolveMoment';

const whole = inventoryOfSegments({
  backups: [backupIn(2), backupIn(4)],
  segments: [[1, numbers(1, 6)]],
});
const withGap = inventoryOfSegments({
  backups: [backupIn(2), backupIn(7)],
  segments: [[1, numbers(1, 9, [5])]],
});
/** The old primary went on after the fork, and so did the new one. */
const forked = inventoryOfSegments({
  backups: [backupIn(2)],
  segments: [
    [1, numbers(1, 8)],
    [2, numbers(5, 7)],
  ],
  branches: [forkIn(5)],
});

function resolve(inventory: typeof whole, parameters: JsonObject) {
  return resolveMoment(inventory, readQuestion(parameters));
}

describe('a time', () => {
  it('is reached from the newest backup before it, on a named timeline', () => {
    const found = resolve(whole, { kind: 'time', time: timeIn(5) });
    expect(found).toMatchObject({
      reachable: true,
      backupId: 'backup-4',
      moment: { time: timeIn(5), timeline: 1 },
      parameters: {
        kind: 'time',
        time: timeIn(5),
        timeline: 1,
        backupId: 'backup-4',
      },
    });
    expect(found.replayBytes).toBeGreaterThan(0);
    expect(
      resolve(whole, { kind: 'time', time: timeIn(5), backupId: 'backup-2' })
        .backupId,
    ).toBe('backup-2');
  });

  it('keeps its microseconds and may have any offset', () => {
    expect(
      resolve(whole, {
        kind: 'time',
        time: '2026-11-23T05:35:00.123456+05:30',
      }).parameters,
    ).toMatchObject({ time: '2026-11-23T00:05:00.123456Z' });
  });

  it('that is the last commit becomes its position: PostgreSQL needs a commit behind a time', () => {
    expect(
      resolve(whole, { kind: 'time', time: commitIn(6).time }).parameters,
    ).toMatchObject({ kind: 'lsn', lsn: commitIn(6).lsn });
  });

  it.each([
    ['before the first backup', whole, timeIn(1), [timeIn(2, 4)]],
    ['after the last commit', whole, timeIn(7), [commitIn(6).time]],
    ['in the future', whole, '2030-01-01T00:00:00Z', [commitIn(6).time]],
    ['in a gap', withGap, timeIn(6), [commitIn(4).time, timeIn(7, 4)]],
  ])(
    '%s is refused with the nearest moments',
    (_, inventory, time, nearest) => {
      const found = resolve(inventory, { kind: 'time', time });
      expect(found.reachable).toBe(false);
      expect(found.parameters).toBeUndefined();
      expect(found.nearest!.map(moment => moment.time)).toEqual(nearest);
      for (const near of nearest) {
        expect(found.sentence).toContain(near);
        expect(resolve(inventory, { kind: 'time', time: near }).reachable).toBe(
          true,
        );
      }
    },
  );

  it('after a fork is that of the newest timeline, unless the other is named', () => {
    const time = timeIn(6);
    expect(resolve(forked, { kind: 'time', time }).parameters).toMatchObject({
      timeline: 2,
    });
    expect(
      resolve(forked, { kind: 'time', time, timeline: 1 }).parameters,
    ).toMatchObject({ timeline: 1 });
    expect(
      resolve(forked, { kind: 'time', time: timeIn(4) }).parameters,
    ).toMatchObject({ timeline: 1 });
    // Only the old timeline goes that far.
    expect(
      resolve(forked, { kind: 'time', time: timeIn(8, 5) }).parameters,
    ).toMatchObject({ timeline: 1 });
    expect(
      resolve(forked, { kind: 'time', time, timeline: 9 }).sentence,
    ).toContain('choose timeline 1 or 2');
  });
});

describe('other moments', () => {
  it('of a position are reached or refused alike', () => {
    expect(resolve(whole, { kind: 'lsn', lsn: '0/5000000' })).toMatchObject({
      reachable: true,
      parameters: { kind: 'lsn', lsn: '0/5000000', backupId: 'backup-4' },
    });
    const late = resolve(whole, { kind: 'lsn', lsn: '0/7000000' });
    expect(late.reachable).toBe(false);
    expect(late.nearest).toEqual([{ ...commitIn(6), timeline: 1 }]);
  });

  it('of a position that was committed in the second in which the backup ended is reached', () => {
    const quick = inventoryOfSegments({
      backups: [backupIn(4)],
      segments: [[1, numbers(1, 4)]],
    });
    const time = timeIn(4, 3).replace('.000Z', '.700Z');
    const soon: typeof quick = {
      ...quick,
      logs: quick.logs.map(log => ({ ...log, lastCommitAt: time })),
    };
    const { lsn } = commitIn(4);
    for (const asked of ['0/4500000', lsn]) {
      expect(resolve(soon, { kind: 'lsn', lsn: asked })).toMatchObject({
        reachable: true,
        parameters: { kind: 'lsn', lsn: asked, backupId: 'backup-4' },
      });
    }
    // By time only the last commit of that second is sure, and it is what a refusal names.
    expect(resolve(soon, { kind: 'time', time }).parameters).toMatchObject({
      kind: 'lsn',
      lsn,
    });
    const before = resolve(soon, { kind: 'time', time: timeIn(4, 3) });
    expect(before.reachable).toBe(false);
    expect(before.nearest).toMatchObject([{ time }]);
    expect(recoveryWindowOf('orders', soon).intervals).toMatchObject([
      { kind: 'claimed', from: { time }, to: { time, lsn } },
    ]);
  });

  it('latest is the last commit of the newest timeline, and stays it when it was fixed', () => {
    const { parameters } = resolve(forked, { kind: 'latest' });
    expect(parameters).toEqual({
      kind: 'latest',
      backupId: 'backup-2',
      timeline: 2,
      lsn: commitIn(7).lsn,
    });
    const later = inventoryOfSegments({
      backups: [backupIn(2)],
      segments: [
        [1, numbers(1, 8)],
        [2, numbers(5, 9)],
      ],
      branches: [forkIn(5)],
    });
    expect(resolve(later, parameters!).parameters).toMatchObject({
      lsn: commitIn(7).lsn,
      timeline: 2,
    });
  });

  it('latest and a time of both lines stay on the one that the database is on after a rollback', () => {
    const rolledBack = { ...forked, currentBranch: '1' };
    expect(resolve(rolledBack, { kind: 'latest' }).parameters).toMatchObject({
      timeline: 1,
    });
    expect(resolve(forked, { kind: 'latest' }).parameters).toMatchObject({
      timeline: 2,
    });
    const time = commitIn(7).time;
    expect(
      resolve(rolledBack, { kind: 'time', time, timeline: 2 }).moment,
    ).toMatchObject({ timeline: 2 });
  });

  it('latest says when newer log is cut off', () => {
    const cut = inventoryOfSegments({
      backups: [backupIn(2)],
      segments: [[1, numbers(1, 9, [5])]],
    });
    expect(resolve(cut, { kind: 'latest' }).sentence).toContain(
      'a gap lies before it',
    );
  });

  it('latest is the state at the fork when nothing was committed on the newest timeline', () => {
    const fork = forkIn(8, timeIn(8, 59));
    const quiet = inventoryOfSegments({
      backups: [backupIn(2)],
      segments: [
        [1, numbers(1, 12)],
        [2, [8]],
      ],
      branches: [{ ...fork, position: commitIn(8).lsn }],
    });
    expect(resolve(quiet, { kind: 'latest' }).moment).toEqual({
      ...commitIn(8),
      timeline: 2,
    });
  });

  it('latest is the end of a backup that was taken on a timeline on which nothing was committed yet', () => {
    const both = inventoryOfSegments({
      backups: [backupIn(2), backupIn(9, { timeline: 2 })],
      segments: [
        [1, numbers(1, 8)],
        [2, numbers(8, 10)],
      ],
      branches: [forkIn(8)],
    });
    const confirmed: typeof both = {
      ...both,
      currentBranch: '2',
      logs: both.logs.map(log =>
        log.branch === '2'
          ? { ...log, lastCommitAt: undefined, lastCommitPosition: undefined }
          : log,
      ),
    };
    expect(resolve(confirmed, { kind: 'latest' })).toMatchObject({
      moment: { timeline: 2 },
      parameters: { kind: 'latest', backupId: 'backup-9', timeline: 2 },
    });
  });

  it('of a backup need the log it was taken with', () => {
    const broken = inventoryOfSegments({
      backups: [backupIn(5)],
      segments: [[1, numbers(1, 9, [5])]],
    });
    expect(
      resolve(broken, { kind: 'backup', backupId: 'backup-5' }).sentence,
    ).toContain('WAL that it needs is missing');
    expect(
      resolve(whole, { kind: 'backup', backupId: 'backup-2' }),
    ).toMatchObject({ reachable: true, moment: { lsn: '0/219999A' } });
    expect(
      resolve(whole, { kind: 'backup', backupId: 'none' }).sentence,
    ).toContain('does not exist');
  });

  it('of a transaction or a restore point are looked for by replay', () => {
    expect(resolve(whole, { kind: 'xid', xid: '738' })).toMatchObject({
      reachable: true,
      parameters: { kind: 'xid', xid: '738', backupId: 'backup-4' },
    });
    expect(
      resolve(whole, { kind: 'name', name: 'before', backupId: 'backup-2' })
        .parameters,
    ).toEqual({
      kind: 'name',
      name: 'before',
      backupId: 'backup-2',
      timeline: 1,
    });
  });

  it.each([
    [{ kind: 'time', time: 'yesterday' }, 'parameters.time'],
    [{ kind: 'time', time: '2026-11-23T00:05:00' }, 'with an offset'],
    [{ kind: 'lsn', lsn: '12' }, 'parameters.lsn'],
    [{ kind: 'xid', xid: '2; DROP' }, 'parameters.xid'],
    [{ kind: 'name', name: "it's" }, 'parameters.name'],
    [{ kind: 'backup' }, 'parameters.backupId'],
  ])('%j is refused with what was expected', (parameters, expected) => {
    expect(() => readQuestion(parameters)).toThrow(expected);
  });
});
