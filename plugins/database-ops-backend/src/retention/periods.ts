import { DateTime } from 'luxon';
import { RetentionRules } from './types';

/** The rules of grandfather, father and son, finest first. */
export const PERIODS = [
  // With the offset: an hour that comes twice in autumn is two hours.
  { rule: 'hourly', noun: 'hour', format: "yyyy-MM-dd'T'HHZZZ" },
  { rule: 'daily', noun: 'day', format: 'yyyy-MM-dd' },
  { rule: 'weekly', noun: 'week', format: "kkkk-'W'WW" },
  { rule: 'monthly', noun: 'month', format: 'yyyy-MM' },
  { rule: 'yearly', noun: 'year', format: 'yyyy' },
] as const;

export type Period = (typeof PERIODS)[number];

export const WEEK: Period = PERIODS[2];

/** The name of the period that a moment lies in, for example `2026-W48`. */
export function periodOf(
  time: string,
  period: Period,
  rules: RetentionRules,
): string {
  return DateTime.fromISO(time, { zone: rules.timeZone ?? 'UTC' }).toFormat(
    period.format,
  );
}
