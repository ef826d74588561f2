// A policy as one would read it to a colleague.
import { Duration } from 'luxon';
import { cronInWords } from './cronInWords';
import {
  BlackoutDefinition,
  PolicyDefinition,
  ScheduleDefinition,
} from './types';

/** `PT15M` as `15 minutes`. */
function durationInWords(iso: string): string {
  return Duration.fromISO(iso, { locale: 'en' }).toHuman();
}

function objectivesAloud({ rpo, rto }: PolicyDefinition): string {
  const promises = [
    rpo && `loses at most ${durationInWords(rpo)} of data (RPO)`,
    rto && `is back within ${durationInWords(rto)} (RTO)`,
  ].filter(Boolean);
  return promises.length > 0
    ? `A database ${promises.join(' and ')}.`
    : 'It states no objective.';
}

/** What a schedule does and when, for example `full backup daily at 02:00 UTC`. */
export function scheduleAloud(schedule: ScheduleDefinition): string {
  const { kind, cron, timeZone, jitter, suspended, missed } = schedule;
  const depth = schedule.parameters?.depth;
  const type = schedule.type ?? (typeof depth === 'string' ? depth : undefined);
  const details = [
    jitter && `up to ${durationInWords(jitter)} later`,
    missed === 'skip' && 'skipped when missed',
    suspended && 'suspended',
  ].filter(Boolean);
  return [
    type,
    kind,
    cronInWords(cron, timeZone),
    details.length > 0 && `(${details.join(', ')})`,
  ]
    .filter(Boolean)
    .join(' ');
}

function schedulesAloud(policy: PolicyDefinition): string {
  return policy.schedules.length > 0
    ? `It runs ${policy.schedules.map(scheduleAloud).join('; ')}.`
    : 'Nothing is scheduled.';
}

/** For example `mon, tue 09:00 to 17:00 Europe/Berlin (office hours)`. */
export function blackoutAloud(blackout: BlackoutDefinition): string {
  const { days, from, to, timeZone, reason, kinds } = blackout;
  const when = days.length === 7 ? 'daily' : days.join(', ');
  return `${kinds ? `${kinds.join(', ')} ` : ''}${when} ${from} to ${to} ${timeZone} (${reason})`;
}

function blackoutsAloud({ blackouts }: PolicyDefinition): string | undefined {
  return blackouts.length > 0
    ? `Nothing starts by schedule in these windows, what is due then moves to their end: ${blackouts.map(blackoutAloud).join('; ')}.`
    : undefined;
}

function retriesAloud({ retries }: PolicyDefinition): string | undefined {
  return retries.attempts > 0
    ? `A scheduled operation that failed is retried ${retries.attempts} ${retries.attempts === 1 ? 'time' : 'times'}.`
    : undefined;
}

function approvalsAloud({ approvals }: PolicyDefinition): string | undefined {
  return approvals.length > 0
    ? `A second person approves ${[...new Set(approvals.flatMap(rule => rule.kinds))].join(', ')}.`
    : undefined;
}

/** The whole policy but its retention, which has words of its own. */
export function policyAloud(policy: PolicyDefinition): string {
  return [
    objectivesAloud(policy),
    schedulesAloud(policy),
    blackoutsAloud(policy),
    retriesAloud(policy),
    approvalsAloud(policy),
  ]
    .filter(Boolean)
    .join(' ');
}
