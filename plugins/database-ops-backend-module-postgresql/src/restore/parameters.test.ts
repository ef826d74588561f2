import {
  backupIn,
  commitIn,
  forkIn,
  inventoryOfSegments,
  numbers,
  timeIn,
} from '../__testUtils__/history';
import { JsonObject } from '@backstage/types';
import { explainEnd } from './explainEnd';
import { readRestoreParameters } from './parameters';
import { chooseTarget } from './recoveryTarget';

const inventory = inventoryOfSegments({
  backups: [backupIn(2)],
  segments: [
    [1, numbers(1, 8)],
    [2, numbers(5, 7)],
  ],
  branches: [forkIn(5)],
});

function choose(raw: JsonObject) {
  const { question, action } = readRestoreParameters(raw);
  return chooseTarget(inventory, question, action);
}

describe('parameters of a restore', () => {
  it('pause at a chosen moment, and open a backup or the latest one, unless told otherwise', () => {
    const actions = ['latest', 'backup', 'time', 'lsn', 'xid', 'name'].map(
      kind =>
        readRestoreParameters({
          kind,
          backupId: 'b',
          time: timeIn(5),
          lsn: '0/1',
          xid: '7',
          name: 'n',
        }).action,
    );
    expect(actions).toEqual([
      'open',
      'open',
      'pause',
      'pause',
      'pause',
      'pause',
    ]);
    expect(
      readRestoreParameters({ kind: 'latest', action: 'pause' }).action,
    ).toBe('pause');
  });

  it.each([
    [{ kind: 'latest', expiresAfter: '-PT1H' }, 'expiresAfter'],
    [{ kind: 'latest', action: 'shutdown' }, 'action'],
    [{ kind: 'someday' }, 'kind'],
  ])('%j is refused', (raw, named) => {
    expect(() => readRestoreParameters(raw)).toThrow(named);
  });
});

describe('the target of recovery', () => {
  it('of a time names the timeline, never the newest by itself, and the time with its offset', () => {
    expect(choose({ kind: 'time', time: timeIn(6) })).toMatchObject({
      timeline: 2,
      settings: {
        recovery_target_action: 'pause',
        recovery_target_timeline: '2',
        recovery_target_time: '2026-11-23 00:06:00.000+00',
      },
    });
    expect(
      choose({ kind: 'time', time: timeIn(6), timeline: 1 }).settings,
    ).toMatchObject({ recovery_target_timeline: 'current' });
  });

  it('of the latest moment is the last commit when it pauses or is fixed, else the end of the archive', () => {
    expect(choose({ kind: 'latest', action: 'pause' })).toMatchObject({
      settings: {
        recovery_target_lsn: commitIn(7).lsn,
        recovery_target_action: 'pause',
        recovery_target_timeline: '2',
      },
    });
    expect(
      choose({ kind: 'latest', timeline: 2, lsn: commitIn(6).lsn }).settings,
    ).toMatchObject({
      recovery_target_lsn: commitIn(6).lsn,
      recovery_target_action: 'promote',
    });
  });

  it('of a backup is where it becomes consistent', () => {
    expect(choose({ kind: 'backup', backupId: 'backup-2' })).toMatchObject({
      settings: {
        recovery_target: 'immediate',
        recovery_target_action: 'promote',
        recovery_target_timeline: 'current',
      },
    });
  });

  it('that cannot be reached fails with the nearest', () => {
    expect(() => choose({ kind: 'time', time: timeIn(1) })).toThrow(
      `lies before the first moment that can be restored, ${timeIn(2, 4)}`,
    );
  });
});

describe('the end of a server that recovers', () => {
  it('is explained by its log', () => {
    const cause = (log: string) =>
      explainEnd(log, "the restore point 'x'", '/restores/one').cause;
    expect(
      cause(
        'FATAL:  recovery ended before configured recovery target was reached',
      ),
    ).toContain("did not find the restore point 'x'");
    expect(
      cause(
        'FATAL:  requested recovery stop point is before consistent recovery point',
      ),
    ).toContain('before the end of the backup');
    expect(cause('FATAL: No space left on device')).toContain(
      'the disk of /restores/one is full',
    );
    expect(cause('PANIC: other')).toContain('PANIC: other');
  });
});
