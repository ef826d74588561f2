import { BlackoutDefinition, ScheduleDefinition } from '../policies/types';
import { dueRunsOf } from './dueRuns';
import { SchedulePlan } from './SchedulePlan';
import { nextDue, nextDues } from './scheduleTimes';

function planOf(
  schedule: Partial<ScheduleDefinition>,
  blackouts: readonly Partial<BlackoutDefinition>[] = [],
  databaseId = 'orders',
): SchedulePlan {
  return new SchedulePlan({
    databaseId,
    schedule: {
      name: 'often',
      kind: 'backup',
      cron: '0 * * * *',
      timeZone: 'UTC',
      suspended: false,
      jitterSeconds: 0,
      missed: 'once',
      ...schedule,
    },
    blackouts: blackouts.map(blackout => ({
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
      from: '09:00',
      to: '17:00',
      timeZone: 'UTC',
      reason: 'office hours',
      ...blackout,
    })),
  });
}

function at(text: string): Date {
  return new Date(text);
}

function times(runs: readonly Date[]): readonly string[] {
  return runs.map(run => run.toISOString().slice(0, 16));
}

/** How often a cron is due on each of the days of its zone. */
function runsByDay(
  cron: string,
  timeZone: string,
  days: readonly string[],
): readonly number[] {
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone });
  const counts = new Map(days.map(day => [day, 0]));
  const until = Date.parse(days[days.length - 1]) + 3 * 86_400_000;
  let due = nextDue(
    { cron, timeZone },
    new Date(Date.parse(days[0]) - 86_400_000),
  );
  while (due && due.getTime() < until) {
    const day = dayOf.format(due);
    if (counts.has(day)) {
      counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    due = nextDue({ cron, timeZone }, due);
  }
  return [...counts.values()];
}

/** The day of a change with the days around it. */
function around(day: string): readonly string[] {
  return [-1, 0, 1].map(offset =>
    new Date(Date.parse(day) + offset * 86_400_000).toISOString().slice(0, 10),
  );
}

describe('due times', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', '2026-10-25'],
    ['America/New_York', '2026-03-08', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-04-05'],
    ['Africa/Cairo', '2026-04-24', '2026-10-30'],
  ])(
    'come once a day in %s while clocks change, whatever the time of day',
    (timeZone, spring, autumn) => {
      for (const change of [spring, autumn]) {
        for (let minute = 0; minute < 1440; minute += 15) {
          const cron = `${minute % 60} ${Math.floor(minute / 60)} * * *`;
          expect([cron, runsByDay(cron, timeZone, around(change))]).toEqual([
            cron,
            [1, 1, 1],
          ]);
        }
      }
    },
  );

  it('come at the change when it leaves their time out, and the first time when there are two', () => {
    const berlin = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    expect(times(nextDues(berlin, at('2026-03-28T12:00:00Z'), 2))).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
    expect(times(nextDues(berlin, at('2026-10-24T12:00:00Z'), 2))).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('come every hour through both changes', () => {
    const hourly = { cron: '0 * * * *', timeZone: 'Europe/Berlin' };
    for (const day of ['2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z']) {
      const runs = nextDues(hourly, at(day), 6);
      expect(
        runs
          .slice(1)
          .map((run, index) => run.getTime() - runs[index].getTime()),
      ).toEqual([3_600_000, 3_600_000, 3_600_000, 3_600_000, 3_600_000]);
    }
  });
});

describe('jitter', () => {
  it('is below its limit, the same for the same run, and spreads databases', () => {
    const starts = Array.from({ length: 200 }, (_, index) => {
      const plan = planOf({ jitterSeconds: 600 }, [], `database-${index}`);
      const run = plan.plan(at('2026-11-23T02:00:00Z'));
      expect(plan.plan(run.dueAt)).toEqual(run);
      return run.startsAt.getTime() - run.dueAt.getTime();
    });
    expect(Math.min(...starts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...starts)).toBeLessThan(600_000);
    expect(new Set(starts).size).toBeGreaterThan(100);
    const firstHalf = starts.filter(delay => delay < 300_000).length;
    expect(firstHalf).toBeGreaterThan(60);
    expect(firstHalf).toBeLessThan(140);
  });

  it('differs from run to run of one database', () => {
    const plan = planOf({ jitterSeconds: 600 });
    const delays = plan
      .upcoming(at('2026-11-23T02:00:00Z'), 10)
      .map(run => run.startsAt.getTime() - run.dueAt.getTime());
    expect(new Set(delays).size).toBeGreaterThan(5);
  });
});

describe('blackouts', () => {
  it('move a run to their end, once for all runs that fall into them', () => {
    const plan = planOf({}, [{}]);
    const runs = plan.upcoming(at('2026-11-23T08:00:00Z'), 4);
    expect(times(runs.map(run => run.startsAt))).toEqual([
      '2026-11-23T08:00',
      '2026-11-23T17:00',
      '2026-11-23T18:00',
      '2026-11-23T19:00',
    ]);
    expect(runs[1].movedBecause).toBe('office hours');
    const due = dueRunsOf(
      plan,
      at('2026-11-23T09:00:00Z'),
      at('2026-11-23T17:00:05Z'),
    );
    expect(due?.last.dueAt).toEqual(at('2026-11-23T17:00:00Z'));
    expect(due?.earlier).toHaveLength(8);
    expect(due?.next).toEqual(at('2026-11-23T18:00:00Z'));
  });

  it('are one run also when jitter would start later ones after the first', () => {
    const plan = planOf({ jitterSeconds: 900, cron: '0 9-16 * * *' }, [{}]);
    const first = plan.plan(at('2026-11-23T09:00:00Z'));
    expect(first.startsAt.getTime()).toBeGreaterThanOrEqual(
      Date.parse('2026-11-23T17:00:00Z'),
    );
    expect(
      dueRunsOf(plan, first.dueAt, new Date(first.startsAt.getTime() - 1)),
    ).toBeUndefined();
    const due = dueRunsOf(plan, first.dueAt, first.startsAt);
    expect(due?.earlier).toHaveLength(7);
    expect(due?.startsAt).toEqual(first.startsAt);
    expect(due?.next).toEqual(at('2026-11-24T09:00:00Z'));
  });

  it('hold on their days, in their zone, over midnight, and one after the other', () => {
    const friday = planOf({}, [
      { days: ['fri'], from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' },
      { days: ['sat'], from: '06:00', to: '24:00', timeZone: 'Europe/Berlin' },
    ]);
    // Friday 23:30 in Berlin; the second window begins where the first ends.
    expect(friday.plan(at('2026-11-27T22:30:00Z')).startsAt.toISOString()).toBe(
      '2026-11-28T23:00:00.000Z',
    );
    expect(friday.blackoutAt(at('2026-11-26T22:30:00Z'))).toBeUndefined();
    expect(friday.blackoutAt(at('2026-11-28T04:59:00Z'))).toBe('office hours');
  });

  it('hold for the kinds they name only', () => {
    const window = { kinds: ['verify' as const] };
    const moment = at('2026-11-23T12:00:00Z');
    expect(planOf({}, [window]).blackoutAt(moment)).toBeUndefined();
    expect(planOf({ kind: 'verify' }, [window]).blackoutAt(moment)).toBe(
      'office hours',
    );
  });

  it('keep their local times while clocks change', () => {
    const window = { from: '01:00', to: '05:00', timeZone: 'Europe/Berlin' };
    const plan = planOf({}, [window]);
    expect(plan.plan(at('2026-03-29T00:30:00Z')).startsAt.toISOString()).toBe(
      '2026-03-29T03:00:00.000Z',
    );
    expect(plan.plan(at('2026-10-25T00:30:00Z')).startsAt.toISOString()).toBe(
      '2026-10-25T04:00:00.000Z',
    );
  });
});

describe('missed runs', () => {
  it('are named one by one up to a hundred, and beyond as a range', () => {
    const plan = planOf({});
    const hundred = dueRunsOf(
      plan,
      at('2026-11-23T01:00:00Z'),
      at('2026-11-27T04:10:00Z'),
    );
    expect(hundred?.earlier).toHaveLength(99);
    expect(hundred?.earlierRange).toBeUndefined();
    const year = dueRunsOf(
      plan,
      at('2025-11-23T01:00:00Z'),
      at('2026-11-27T04:10:00Z'),
    );
    expect(year).toMatchObject({
      earlier: [],
      earlierRange: {
        from: at('2025-11-23T01:00:00Z'),
        until: at('2026-11-27T03:00:00Z'),
      },
      last: { dueAt: at('2026-11-27T04:00:00Z') },
      next: at('2026-11-27T05:00:00Z'),
    });
  });

  it('leave a run whose jitter has not passed to its own time', () => {
    const plan = planOf({ jitterSeconds: 3000 });
    const run = plan.plan(at('2026-11-27T04:00:00Z'));
    const due = dueRunsOf(
      plan,
      at('2026-11-27T01:00:00Z'),
      new Date(run.startsAt.getTime() - 1000),
    );
    expect(due?.last.dueAt).toEqual(at('2026-11-27T03:00:00Z'));
    expect(due?.next).toEqual(run.dueAt);
  });
});
