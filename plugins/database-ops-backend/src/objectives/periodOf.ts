import { ObjectivePeriod } from 'backstage-plugin-database-ops-common';
import { ObjectiveInterval } from './types';

const DAY_MS = 86_400_000;

/** Adds up the last days; time that nobody observed is unknown, not kept. */
export function periodOf(
  days: number,
  intervals: readonly ObjectiveInterval[],
  now: Date,
): ObjectivePeriod {
  const startMs = now.getTime() - days * DAY_MS;
  const secondsIn = (state: ObjectiveInterval['state']) =>
    intervals
      .filter(interval => interval.state === state)
      .reduce(
        (sum, { fromMs, toMs }) =>
          sum +
          Math.max(
            0,
            Math.min(toMs, now.getTime()) - Math.max(fromMs, startMs),
          ) /
            1000,
        0,
      );
  const keptSeconds = secondsIn('kept');
  const missedSeconds = secondsIn('missed');
  return {
    days,
    keptSeconds,
    missedSeconds,
    unknownSeconds: Math.max(0, days * 86_400 - keptSeconds - missedSeconds),
  };
}
