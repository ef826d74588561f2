import { Backup } from 'backstage-plugin-database-ops-common';
import { newestBranchOf } from './newestBranch';
import { planRetention } from './planRetention';
import { RetentionQuestion } from './types';

const day = (number: number) =>
  new Date(Date.UTC(2026, 10, 1) + number * 86_400_000).toISOString();

function full(number: number, timeline: number): Backup {
  const moment = { time: day(number), timeline };
  return {
    id: `full-${number}`,
    databaseId: 'orders',
    type: 'full',
    startedAt: day(number),
    stoppedAt: day(number),
    from: moment,
    to: moment,
    chain: [`full-${number}`],
    state: 'present',
  };
}

const interval = (timeline: number, from: number, to: number) => ({
  kind: 'claimed' as const,
  timeline,
  from: { time: day(from) },
  to: { time: day(to) },
});

/** Fulls on days 0 and 8; on day 10 restored in place to day 5, which is timeline 2. */
function plan(
  now: number,
  backups: readonly Backup[],
  rules: RetentionQuestion['rules'],
) {
  const newestBranch = newestBranchOf(
    { intervals: [interval(1, 0, 10), interval(2, 10, now)] },
    { backups },
  );
  return planRetention({
    rules,
    backups,
    logs: [{ from: day(10), to: day(now) }],
    pins: [],
    running: [],
    repositoryState: 'known',
    newestBranch,
    now: new Date(day(now)),
  });
}

const BEFORE = [full(0, 1), full(8, 1)];

describe('retention after history forked', () => {
  it('keeps everything while the newest timeline has no full backup of its own', () => {
    for (const rules of [{ keepLast: 1 }, { fulls: { count: 1 } }]) {
      const { remove, decisions } = plan(11, BEFORE, rules);
      expect(remove).toEqual([]);
      expect(decisions[0].reasons.join()).toMatch(
        /timeline 2 has no full backup of its own/,
      );
    }
  });

  it('keeps everything while the window reaches before that backup', () => {
    const backups = [...BEFORE, full(12, 2), full(18, 2)];
    expect(plan(18, backups, { window: 'P7D' }).remove).toEqual([]);
    expect(plan(25, backups, { window: 'P7D' }).remove).toContain('full-0');
  });

  it('lets no backup of an abandoned timeline stand for its week', () => {
    // Day 8 and day 12 are of one week; only the second leads anywhere.
    const backups = [...BEFORE, full(12, 2), full(20, 2), full(27, 2)];
    const { keep, remove } = plan(27, backups, {
      window: 'P8D',
      fulls: { age: 'P1D' },
    });
    expect(keep).toContain('full-12');
    expect(remove).toEqual(expect.arrayContaining(['full-0', 'full-8']));
  });

  it('follows the rules as ever where there is one timeline', () => {
    expect(
      newestBranchOf({ intervals: [interval(1, 0, 10)] }, { backups: BEFORE }),
    ).toBeUndefined();
  });

  it('takes the older timeline for the newest line when a rollback brought the database back to it', () => {
    expect(
      newestBranchOf(
        { intervals: [interval(1, 0, 14), interval(2, 10, 11)] },
        { backups: BEFORE, currentBranch: '1' },
      ),
    ).toMatchObject({
      timeline: 1,
      backupIds: new Set(BEFORE.map(({ id }) => id)),
    });
  });

  it('knows a new timeline by its history file before any of its log is archived', () => {
    expect(
      newestBranchOf(
        { intervals: [interval(1, 0, 10)] },
        {
          backups: BEFORE,
          branches: [{ branch: '2', parent: '1', position: '0/5000000' }],
        },
      ),
    ).toMatchObject({ timeline: 2, backupIds: new Set() });
  });
});
