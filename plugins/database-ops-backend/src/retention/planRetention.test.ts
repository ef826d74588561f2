import { promiseOf } from './promise';
import { planRetention } from './planRetention';
import { ChainedBackup, RetentionQuestion, RetentionRules } from './types';

function full(day: number, facts: Partial<ChainedBackup> = {}): ChainedBackup {
  const id = `full-${String(day).padStart(2, '0')}`;
  return { ...at(day, 2), id, type: 'full', chain: [id], ...facts };
}

function incr(day: number, chain: readonly string[]): ChainedBackup {
  const id = `incr-${String(day).padStart(2, '0')}`;
  return { ...at(day, 14), id, type: 'incr', chain: [...chain, id] };
}

function at(day: number, hour: number) {
  const time = Date.UTC(2026, 9, day, hour);
  return {
    startedAt: new Date(time).toISOString(),
    stoppedAt: new Date(time + 60_000).toISOString(),
    state: 'present' as const,
    repositorySizeBytes: 10,
  };
}

/** It is 31 October, 06:00. */
function plan(
  rules: RetentionRules,
  backups: readonly ChainedBackup[],
  more: Partial<RetentionQuestion> = {},
) {
  return planRetention({
    rules,
    backups,
    logs: [{ from: '2026-10-01T00:00:00Z', to: '2026-10-31T06:00:00Z' }],
    pins: [],
    running: [],
    repositoryState: 'known',
    now: new Date('2026-10-31T06:00:00Z'),
    ...more,
  });
}

const MONTH = Array.from({ length: 31 }, (_, index) => full(index + 1));

function reasonOf(result: ReturnType<typeof plan>, backupId: string) {
  return result.decisions.find(decision => decision.backupId === backupId)
    ?.reasons;
}

describe('planRetention', () => {
  it('keeps the last full before the window, and the log from its start', () => {
    const result = plan({ window: 'P7D' }, MONTH);
    expect(result.keep).toEqual(MONTH.slice(23).map(({ id }) => id));
    expect(result.logsFrom).toEqual({
      backupId: 'full-24',
      time: '2026-10-24T02:00:00.000Z',
    });
    expect(reasonOf(result, 'full-24')).toEqual([
      'Any second of the last 7 days is restored from it with the log.',
    ]);
    expect(reasonOf(result, 'full-23')).toEqual([
      'No rule keeps it any longer.',
    ]);
    expect(result.freedBytes).toBe(230);
  });

  it('thins fulls beyond the newest ones to the first of each week where the log is whole', () => {
    const rules = { window: 'P14D', fulls: { age: 'P3D' } };
    expect(plan(rules, MONTH).keep).toEqual([
      'full-12',
      'full-19',
      'full-26',
      'full-29',
      'full-30',
      'full-31',
    ]);
    const torn = plan(rules, MONTH, {
      logs: [
        { from: '2026-10-01T00:00:00Z', to: '2026-10-20T12:00:00Z' },
        { from: '2026-10-21T12:00:00Z', to: '2026-10-31T06:00:00Z' },
      ],
    });
    // The log does not lead into the 21st, nor from there on.
    expect(torn.keep).toEqual([
      'full-12',
      'full-19',
      'full-21',
      'full-22',
      'full-26',
      'full-29',
      'full-30',
      'full-31',
    ]);
  });

  it('removes an incremental together with its full, and says so', () => {
    const backups = [full(1), incr(2, ['full-01']), full(10), full(30)];
    const result = plan({ window: 'P7D' }, backups);
    expect(result.remove).toEqual(['full-01', 'incr-02']);
    expect(result.decisions.at(-1)).toMatchObject({
      backupId: 'full-01',
      dependents: ['incr-02'],
    });
    expect(reasonOf(result, 'incr-02')).toEqual([
      'No rule keeps it, and its full backup full-01 goes.',
    ]);
  });

  it('keeps the full of a kept incremental', () => {
    const backups = [full(1), incr(29, ['full-01']), full(30)];
    expect(reasonOf(plan({ age: 'P3D' }, backups), 'full-01')).toEqual([
      'Backup incr-29 needs it.',
    ]);
  });

  it('keeps the newest verified chain under any rule', () => {
    const proof = { proofId: 'p', at: '2026-10-03T04:00:00Z' };
    const result = plan({ keepLast: 1 }, [
      full(1, { proved: proof }),
      full(2, { proved: proof }),
      full(3),
      full(4),
    ]);
    expect(result.keep).toEqual(['full-02', 'full-04']);
    expect(reasonOf(result, 'full-02')).toEqual([
      'It is the newest backup that a restore verified.',
    ]);
  });

  it('counts only backups that can be restored', () => {
    const result = plan({ keepLast: 2 }, [
      full(1),
      full(2),
      full(3, { state: 'damaged' }),
      incr(4, ['full-00']),
    ]);
    expect(result.keep).toEqual(['full-01', 'full-02']);
    expect(reasonOf(result, 'incr-04')?.[0]).toContain('needs full-00');
  });

  it('keeps one backup for each hour, day, week, month and year that has one, in the zone of the rules', () => {
    expect(plan({ daily: 3, weekly: 3 }, MONTH).keep).toEqual([
      'full-18',
      'full-25',
      'full-29',
      'full-30',
      'full-31',
    ]);
    const night = [
      // 23:30 and 01:30 of the next day in Berlin.
      {
        ...full(1),
        startedAt: '2026-10-01T21:29:00Z',
        stoppedAt: '2026-10-01T21:30:00Z',
      },
      {
        ...full(2),
        startedAt: '2026-10-01T23:29:00Z',
        stoppedAt: '2026-10-01T23:30:00Z',
      },
    ];
    expect(plan({ daily: 2 }, night).keep).toEqual(['full-02']);
    expect(plan({ daily: 2, timeZone: 'Europe/Berlin' }, night).keep).toEqual([
      'full-01',
      'full-02',
    ]);
  });

  it('keeps the hour that comes twice in autumn twice', () => {
    const twice = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map(
      (stoppedAt, index) => ({
        ...full(index + 1),
        startedAt: stoppedAt,
        stoppedAt,
      }),
    );
    expect(
      plan({ hourly: 2, timeZone: 'Europe/Berlin' }, twice).keep,
    ).toHaveLength(2);
  });

  it('holds what is pinned until the pin ends, and a legal hold without end', () => {
    const pins = [
      {
        id: '1',
        backupId: 'full-01',
        reason: 'audit',
        legalHold: false,
        until: '2026-11-01T00:00:00Z',
      },
      {
        id: '2',
        backupId: 'full-02',
        reason: 'old',
        legalHold: false,
        until: '2026-10-30T00:00:00Z',
      },
      { id: '3', backupId: 'full-03', reason: 'case 7', legalHold: true },
    ];
    const result = plan({ keepLast: 1 }, MONTH, { pins });
    expect(result.keep).toEqual(['full-01', 'full-03', 'full-31']);
    expect(reasonOf(result, 'full-01')).toEqual([
      'Pinned until 2026-11-01T00:00:00Z: audit',
    ]);
    expect(reasonOf(result, 'full-03')).toEqual(['Legal hold: case 7']);
  });

  it('keeps what a paused copy came from, and the log after it', () => {
    const result = plan({ keepLast: 1 }, MONTH, {
      running: [
        { operationId: 'r', name: 'the paused copy r', backupIds: ['full-05'] },
      ],
    });
    expect(result.keep).toEqual(['full-05', 'full-31']);
    expect(result.logsFrom?.backupId).toBe('full-05');
  });

  it('removes nothing while it does not know the repository, and says why', () => {
    const result = plan({ keepLast: 1 }, MONTH, {
      repositoryState: 'unknown',
      unknownBecause: 'the last inventory is two days old.',
    });
    expect(result.remove).toEqual([]);
    expect(result.refusal).toBe(
      'The state of the repository is unknown, so nothing is removed: the last inventory is two days old.',
    );
  });
});

describe('promiseOf', () => {
  it('reads rules aloud', () => {
    expect(
      promiseOf({
        window: 'P30D',
        fulls: { age: 'P7D' },
        monthly: 12,
        yearly: 1,
      }),
    ).toBe(
      'Any second of the last 30 days can be restored: full backups reach back to the last one before them, and all log after it is kept. Beyond the newest full backups only the first of each week stays, since the log carries the seconds between them. Kept are full backups younger than 7 days, with what builds on them. One backup is kept for each of the last 12 months and 1 year that have one (UTC). The newest chain and the newest verified one always stay.',
    );
    expect(promiseOf({})).toBe('Nothing is ever removed.');
    expect(promiseOf({ window: 'P1D' }, false)).toContain(
      'there is no continuous log',
    );
  });
});
