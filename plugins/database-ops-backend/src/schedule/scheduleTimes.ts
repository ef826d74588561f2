import { Cron } from 'croner';
import { ScheduleDefinition } from '../policies/types';

type CronOfZone = Pick<ScheduleDefinition, 'cron' | 'timeZone'>;

interface ReadCron {
  readonly cron: Cron;
  /** The last answer: nothing is due between the two. */
  last?: { readonly afterMs: number; readonly nextMs: number };
}

/** Reading a cron costs more than asking it; policies have few different ones. */
const READ_CRONS = new Map<string, ReadCron>();
const MOST_READ_CRONS = 1000;

/** Changes with whatever makes a stored due time wrong. */
export function cronKey({ cron, timeZone }: CronOfZone): string {
  return `${cron} ${timeZone}`;
}

/**
 * A fixed time of day that a change to summer time leaves out is due at the
 * change itself, one that comes twice is due the first time: once every day.
 */
function readCron(schedule: CronOfZone): ReadCron {
  const key = cronKey(schedule);
  const known = READ_CRONS.get(key);
  if (known) {
    return known;
  }
  const read: ReadCron = {
    cron: new Cron(schedule.cron, {
      timezone: schedule.timeZone,
      paused: true,
      mode: '5-part',
    }),
  };
  if (READ_CRONS.size >= MOST_READ_CRONS) {
    READ_CRONS.clear();
  }
  READ_CRONS.set(key, read);
  return read;
}

/** When a schedule is due next after a moment; `undefined` when never again. */
export function nextDue(schedule: CronOfZone, after: Date): Date | undefined {
  const read = readCron(schedule);
  const afterMs = after.getTime();
  if (read.last && read.last.afterMs <= afterMs && afterMs < read.last.nextMs) {
    return new Date(read.last.nextMs);
  }
  const next = read.cron.nextRun(after);
  if (!next) {
    return undefined;
  }
  read.last = { afterMs, nextMs: next.getTime() };
  return next;
}

/** The next few times a schedule is due. */
export function nextDues(
  schedule: CronOfZone,
  after: Date,
  count: number,
): readonly Date[] {
  return readCron(schedule).cron.nextRuns(count, after);
}

/** The last few times a schedule was due before a moment, the latest first. */
export function lastDues(
  schedule: CronOfZone,
  before: Date,
  count: number,
): readonly Date[] {
  return readCron(schedule).cron.previousRuns(count, before);
}
