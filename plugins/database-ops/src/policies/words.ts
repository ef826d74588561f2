import {
  Policy,
  PolicyBlackout,
  PolicyChange,
} from 'backstage-plugin-database-ops-common';
import { formatIsoDuration } from '../time/format';

function value(map: Readonly<Record<string, unknown>>, key: string): unknown {
  return map[key];
}

/** For example "mon, tue 08:00 to 10:00 (Europe/Berlin), no backup, verify: Billing run". */
export function blackoutWords(blackout: PolicyBlackout): string {
  const { days, from, to, timeZone, kinds, reason } = blackout;
  const what = kinds && kinds.length > 0 ? `no ${kinds.join(', ')}` : 'nothing';
  return `${days.join(', ')} ${from} to ${to} (${timeZone}): ${what} is started${reason ? `, because: ${reason}` : ''}`;
}

/** For example "2 times, after 5 min, then 2 times as long each". */
export function retryWords(policy: Policy): string | undefined {
  const retries = policy.retries ?? {};
  const attempts = value(retries, 'attempts');
  if (typeof attempts !== 'number' || attempts === 0) {
    return undefined;
  }
  const delay = value(retries, 'delay');
  const factor = value(retries, 'factor');
  return [
    `${attempts} ${attempts === 1 ? 'time' : 'times'}`,
    typeof delay === 'string' ? `after ${formatIsoDuration(delay)}` : undefined,
    attempts > 1 && typeof factor === 'number' && factor !== 1
      ? `then ${factor} times as long each`
      : undefined,
  ]
    .filter(Boolean)
    .join(', ');
}

/** For example "backup after 6 h, restore after 2 h". */
export function timeoutWords(policy: Policy): string | undefined {
  const entries = Object.entries(policy.timeouts ?? {});
  return entries.length === 0
    ? undefined
    : entries
        .map(
          ([kind, duration]) =>
            `${kind} after ${formatIsoDuration(String(duration))}`,
        )
        .join(', ');
}

export const CHANGE_TITLES: Record<PolicyChange['kind'], string> = {
  schedule: 'Schedule',
  retention: 'Retention',
  objective: 'Objective',
  approval: 'Approval',
  notification: 'Notification',
  other: 'Other',
};
