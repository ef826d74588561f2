import { Duration } from 'luxon';

/** Months count as 30 days and years as 365, so that a limit never moves backwards. */
export function millisecondsOf(isoDuration: string): number {
  return Duration.fromISO(isoDuration).toMillis();
}

/** For example `30 days`, `36 hours`. */
export function inWords(isoDuration: string): string {
  const minutes = Math.round(millisecondsOf(isoDuration) / 60_000);
  if (minutes % 1440 === 0 && minutes >= 1440) {
    return counted(minutes / 1440, 'day');
  }
  return minutes % 60 === 0 && minutes >= 60
    ? counted(minutes / 60, 'hour')
    : counted(minutes, 'minute');
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
