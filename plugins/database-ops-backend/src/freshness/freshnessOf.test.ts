import { Backup } from 'backstage-plugin-database-ops-common';
import { RestorableSpan } from '../reachability/restorableSpan';
import { backupAgeSignal } from './backupAgeSignal';
import { FreshnessFacts, freshnessOf, ReadInventory } from './freshnessOf';
import { restorableSentence } from './restorableSentence';

const now = new Date('2026-03-01T12:00:00.000Z');

function backup(id: string, stoppedAt: string): Backup {
  return {
    id,
    databaseId: 'orders',
    type: 'full',
    startedAt: stoppedAt,
    stoppedAt,
    chain: [id],
    state: 'present',
  };
}

function inventory(restorable?: RestorableSpan): ReadInventory {
  return { observedAt: '2026-03-01T11:59:00.000Z', restorable };
}

function judge(facts: Partial<FreshnessFacts>) {
  return freshnessOf({ title: 'Orders', takesBackups: true, now, ...facts });
}

const newest = backup('F2', '2026-03-01T11:15:00.000Z');

describe('freshnessOf', () => {
  it('keeps the objective while the newest backup is younger', () => {
    expect(
      judge({
        newest,
        inventory: inventory({
          from: '2026-02-28T11:15:00.000Z',
          to: newest.stoppedAt,
        }),
        objectiveSeconds: 3600,
      }),
    ).toEqual({
      state: 'kept',
      sentence: 'The last backup is 45 min old; the objective is 1 h.',
      ageSeconds: 2700,
      objectiveSeconds: 3600,
      lastBackupId: 'F2',
      lastBackupAt: '2026-03-01T11:15:00.000Z',
      restorableFrom: '2026-02-28T11:15:00.000Z',
      restorableTo: '2026-03-01T11:15:00.000Z',
      inventoryObservedAt: '2026-03-01T11:59:00.000Z',
    });
  });

  it('misses it from the first second on and says by how much', () => {
    expect(judge({ newest, objectiveSeconds: 2700 }).state).toBe('kept');
    expect(judge({ newest, objectiveSeconds: 1800 })).toMatchObject({
      state: 'missed',
      sentence:
        'The last backup is 45 min old, 15 min over the objective of 30 min.',
    });
  });

  it('says how far the log leads on from the backup, and misses an overdue one all the same', () => {
    const to = '2026-03-01T11:58:30.000Z';
    expect(
      judge({
        newest,
        inventory: inventory({ from: newest.stoppedAt, to }),
        objectiveSeconds: 600,
      }),
    ).toMatchObject({
      state: 'missed',
      ageSeconds: 2700,
      restorableTo: to,
      lastBackupAt: newest.stoppedAt,
    });
  });

  it('misses it while no backup can be restored, however new it is', () => {
    const judged = judge({
      newest,
      inventory: inventory({}),
      objectiveSeconds: 3600,
    });
    expect(judged).toMatchObject({
      state: 'missed',
      sentence:
        'No backup of Orders can be restored, its recovery window says why; the objective is 1 h.',
    });
    expect(judged).not.toHaveProperty('restorableTo');
  });

  it('counts a backup that ended after the repository was read', () => {
    expect(
      judge({
        newest: backup('F3', '2026-03-01T11:59:30.000Z'),
        inventory: inventory({ from: newest.stoppedAt, to: newest.stoppedAt }),
      }),
    ).toMatchObject({
      restorableFrom: newest.stoppedAt,
      restorableTo: '2026-03-01T11:59:30.000Z',
    });
  });

  it('misses it without any backup, once the repository has been read', () => {
    expect(
      judge({ inventory: inventory(), objectiveSeconds: 3600 }),
    ).toMatchObject({
      state: 'missed',
      sentence: 'There is no backup of Orders; the objective is 1 h.',
    });
  });

  it('is unknown until the repository has been read, and says that nobody has to start that', () => {
    expect(judge({ objectiveSeconds: 3600 })).toEqual({
      state: 'unknown',
      objectiveSeconds: 3600,
      sentence:
        'The repository of Orders is about to be read for the first time, which starts by itself and is listed among the operations; the objective is 1 h.',
    });
  });

  it('judges nothing without an objective', () => {
    expect(judge({ newest })).toMatchObject({
      state: 'no-objective',
      ageSeconds: 2700,
    });
    expect(judge({ takesBackups: false }).state).toBe('no-objective');
  });

  it('cannot judge an objective of an engine that takes no backups', () => {
    expect(judge({ takesBackups: false, objectiveSeconds: 3600 }).state).toBe(
      'unknown',
    );
  });

  it('gives no negative age when another clock runs ahead', () => {
    expect(
      judge({ newest: backup('F3', '2026-03-01T12:00:05.000Z') }).ageSeconds,
    ).toBe(0);
  });
});

describe('backupAgeSignal', () => {
  it('is critical when the objective is missed', () => {
    const signal = backupAgeSignal(
      judge({ newest, objectiveSeconds: 1800 }),
      now,
    );
    expect(signal).toMatchObject({
      id: 'backup-age',
      status: 'critical',
      value: 2700,
      unit: 's',
      threshold: 'critical above 30 min',
    });
  });
});

describe('restorableSentence', () => {
  it.each([
    ['2026-03-01T11:15:00.000Z', 'Healthy. Restorable to 11:15 UTC.'],
    ['2026-02-28T23:59:59.000Z', 'Healthy. Restorable to 28 Feb 23:59 UTC.'],
    [
      '2025-12-31T23:59:59.000Z',
      'Healthy. Restorable to 31 Dec 2025 23:59 UTC.',
    ],
  ])('says of %s: %s', (stoppedAt, sentence) => {
    const freshness = judge({ newest: backup('F1', stoppedAt) });
    expect(restorableSentence(freshness, now)).toBe(sentence);
  });

  it('says nothing without a backup', () => {
    expect(restorableSentence(judge({}), now)).toBeUndefined();
  });
});
