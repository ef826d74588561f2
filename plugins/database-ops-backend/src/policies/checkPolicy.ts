// What a policy's shape cannot say: its parts must agree with each other.
import { ConfigurationError } from '../databases/keyPath';
import { blackoutAt } from '../schedule/blackouts';
import { cronKey, nextDues } from '../schedule/scheduleTimes';
import { PolicyDefinition, ScheduleDefinition } from './types';

/** Enough to meet each day of a week with a cron of every hour. */
const CHECKED_RUNS = 200;

/** Thousands of databases share few crons, and asking for so many runs takes its time. */
const RUNS = new Map<string, readonly Date[]>();
const MOST_CRONS = 1000;

function runsOf(schedule: ScheduleDefinition): readonly Date[] {
  const key = cronKey(schedule);
  const known = RUNS.get(key);
  // A sample that has passed says nothing of what comes.
  if (known && (known[0]?.getTime() ?? 0) > Date.now()) {
    return known;
  }
  const runs = nextDues(schedule, new Date(), CHECKED_RUNS);
  if (RUNS.size >= MOST_CRONS) {
    RUNS.clear();
  }
  RUNS.set(key, runs);
  return runs;
}

function checkBlackouts(
  policy: PolicyDefinition,
  schedule: ScheduleDefinition,
  runs: readonly Date[],
  path: string,
): void {
  if (runs.every(run => blackoutAt(policy.blackouts, schedule.kind, run))) {
    const first = blackoutAt(policy.blackouts, schedule.kind, runs[0]);
    throw new ConfigurationError(
      `${path}.schedules.${schedule.name}.cron`,
      `expected a run outside the policy's blackouts; each one lies in a window such as ${first?.from} to ${first?.to} ${first?.timeZone} (${first?.reason})`,
    );
  }
}

function checkJitter(
  schedule: ScheduleDefinition,
  runs: readonly Date[],
  path: string,
): void {
  if (schedule.jitterSeconds === 0) {
    return;
  }
  const gapsSeconds = runs
    .slice(1)
    .map((run, index) => (run.getTime() - runs[index].getTime()) / 1000);
  const shortest = Math.min(...gapsSeconds);
  if (schedule.jitterSeconds >= shortest) {
    throw new ConfigurationError(
      `${path}.schedules.${schedule.name}.jitter`,
      `expected less than ${shortest} s, the time between two runs of '${schedule.cron}'`,
    );
  }
}

/** @throws ConfigurationError naming the key that contradicts another. */
export function checkPolicy(policy: PolicyDefinition, path: string): void {
  for (const schedule of policy.schedules) {
    const runs = runsOf(schedule);
    if (runs.length === 0) {
      throw new ConfigurationError(
        `${path}.schedules.${schedule.name}.cron`,
        `expected a cron that has a next run in ${schedule.timeZone}`,
      );
    }
    checkJitter(schedule, runs, path);
    checkBlackouts(policy, schedule, runs, path);
  }
}
