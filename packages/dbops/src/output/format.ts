import { describeAge } from 'backstage-plugin-database-ops-common';
import { DateTime } from 'luxon';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined) {
    return '';
  }
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${UNITS[unit]}`;
}

/** `2026-11-23 14:05:09 UTC`. */
export function formatTime(iso: string | undefined): string {
  return iso
    ? DateTime.fromISO(iso, { zone: 'utc' }).toFormat(
        "yyyy-MM-dd HH:mm:ss 'UTC'",
      )
    : '';
}

/** `9 s`, `4 min`, `3 h 10 min`, `2 d`: how long ago something was. */
export function formatAge(iso: string | undefined, now: DateTime): string {
  if (!iso) {
    return '';
  }
  const seconds = Math.max(
    0,
    Math.round(now.diff(DateTime.fromISO(iso)).as('seconds')),
  );
  return describeAge(seconds);
}

/** A duration in the same words as an age; empty when it is not known. */
export function formatSeconds(seconds: number | undefined): string {
  return seconds === undefined ? '' : describeAge(Math.round(seconds));
}
