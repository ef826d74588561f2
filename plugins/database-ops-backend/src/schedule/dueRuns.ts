import { PlannedRun, SchedulePlan } from './SchedulePlan';
import { lastDues } from './scheduleTimes';

/** More missed runs than this leave one row for all but the last. */
const MOST_ROWS = 100;

/** The runs of a schedule that are to be decided now; one of them may start. */
export interface DueRuns {
  /** The latest one: what is started is started for it. */
  readonly last: PlannedRun;
  /** Those before it, which it stands for. */
  readonly earlier: readonly Date[];
  /** Instead of `earlier`, when there are too many to name. */
  readonly earlierRange?: { readonly from: Date; readonly until: Date };
  /** When the latest one should have started. */
  readonly startsAt: Date;
  /** The first due time after it. */
  readonly next: Date | undefined;
}

/** The latest due time whose start has come; only asked when very many are due. */
function latestStarted(plan: SchedulePlan, now: Date): Date | undefined {
  return lastDues(
    plan.schedule,
    new Date(now.getTime() + 1000),
    MOST_ROWS,
  ).find(dueAt => plan.plan(dueAt).startsAt <= now);
}

/**
 * What is due now, beginning with the first due time that nothing was decided
 * about; `undefined` while its start has not come.
 */
export function dueRunsOf(
  plan: SchedulePlan,
  firstDue: Date,
  now: Date,
): DueRuns | undefined {
  const first = plan.plan(firstDue);
  if (first.startsAt > now) {
    return undefined;
  }
  const dues = [firstDue];
  let last = first;
  let next = plan.nextDue(firstDue);
  while (next && dues.length <= MOST_ROWS) {
    const run = plan.plan(next);
    // A blackout moved these to its end together: they are one run.
    const together = first.movedBecause && next <= first.startsAt;
    if (run.startsAt > now && !together) {
      break;
    }
    dues.push(next);
    last = run;
    next = plan.nextDue(next);
  }
  if (dues.length <= MOST_ROWS) {
    return {
      last,
      earlier: dues.slice(0, -1),
      startsAt:
        first.movedBecause && last.dueAt <= first.startsAt
          ? first.startsAt
          : last.startsAt,
      next,
    };
  }
  const latest = latestStarted(plan, now) ?? last.dueAt;
  const [beforeLatest] = lastDues(plan.schedule, latest, 1);
  return {
    last: plan.plan(latest),
    earlier: [],
    earlierRange: { from: firstDue, until: beforeLatest },
    startsAt: plan.plan(latest).startsAt,
    next: plan.nextDue(latest),
  };
}
