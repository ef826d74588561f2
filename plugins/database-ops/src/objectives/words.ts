import {
  Objective,
  ObjectivePeriod,
} from 'backstage-plugin-database-ops-common';
import { formatSeconds } from '../time/format';

function promise(objective: Objective): string {
  return objective.promisedSeconds === undefined
    ? 'none promised'
    : formatSeconds(objective.promisedSeconds);
}

/** For example "1 h → 9 s, proved 12 s": promised, claimed now, proved. */
export function rpoWords(objective: Objective): string {
  const { claimedSeconds, provedSeconds } = objective;
  const now =
    claimedSeconds === undefined ? 'not known' : formatSeconds(claimedSeconds);
  const proved =
    provedSeconds === undefined
      ? ', not proved'
      : `, proved ${formatSeconds(provedSeconds)}`;
  return `${promise(objective)} → ${now}${proved}`;
}

/** For example "15 min → 2 min 10 s proved": promised, measured. */
export function rtoWords(objective: Objective): string {
  const { measuredSeconds } = objective;
  return `${promise(objective)} → ${
    measuredSeconds === undefined
      ? 'not measured'
      : `${formatSeconds(measuredSeconds)} proved`
  }`;
}

/** Which share of a period an objective was kept, in percent. */
export function keptPercent(period: ObjectivePeriod): number | undefined {
  const known = period.keptSeconds + period.missedSeconds;
  return known > 0 ? (period.keptSeconds / known) * 100 : undefined;
}

/** For example "kept 99.2 % of 30 d (missed 6 h, 1 d not known)". */
export function periodWords(period: ObjectivePeriod): string {
  const percent = keptPercent(period);
  const parts = [
    period.missedSeconds > 0
      ? `missed ${formatSeconds(period.missedSeconds)}`
      : undefined,
    period.unknownSeconds > 0
      ? `${formatSeconds(period.unknownSeconds)} not known`
      : undefined,
  ].filter(Boolean);
  const rest = parts.length > 0 ? ` (${parts.join(', ')})` : '';
  if (percent === undefined) {
    return `${period.days} d: not known`;
  }
  // Rounded down: a miss must not look like none.
  const shown = Math.floor(percent * 10) / 10;
  return `kept ${shown} % of ${period.days} d${rest}`;
}
