import { Cron } from 'croner';
import { ScheduleDefinition } from '../databases/types';

/** When a schedule is due next after a moment; `undefined` when never again. */
export function nextDue(
  schedule: Pick<ScheduleDefinition, 'cron' | 'timeZone'>,
  after: Date,
): Date | undefined {
  const cron = new Cron(schedule.cron, {
    timezone: schedule.timeZone,
    paused: true,
    mode: '5-part',
  });
  return cron.nextRun(after) ?? undefined;
}

/** The next few times a schedule is due. */
export function nextDues(
  schedule: Pick<ScheduleDefinition, 'cron' | 'timeZone'>,
  after: Date,
  count: number,
): readonly Date[] {
  const cron = new Cron(schedule.cron, {
    timezone: schedule.timeZone,
    paused: true,
    mode: '5-part',
  });
  return cron.nextRuns(count, after);
}

/** Changes with whatever makes a stored due time wrong. */
export function cronKey(
  schedule: Pick<ScheduleDefinition, 'cron' | 'timeZone'>,
): string {
  return `${schedule.cron} ${schedule.timeZone}`;
}
