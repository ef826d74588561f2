import { DateTime, Duration } from 'luxon';

/**
 * An age or a stretch in at most two units, for example "9 s", "12 min",
 * "3 h 10 min", "2 d 4 h".
 */
export function formatSeconds(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10 && seconds % 60 !== 0) {
    return `${minutes} min ${seconds % 60} s`;
  }
  if (minutes < 60) {
    return `${minutes} min`;
  }
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  }
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 || days > 6
    ? `${days} d`
    : `${days} d ${hours % 24} h`;
}

/** An age: like {@link formatSeconds}, but minutes need no seconds beside them. */
export function formatAge(totalSeconds: number): string {
  const seconds = Math.max(0, totalSeconds);
  return formatSeconds(seconds < 60 ? seconds : Math.floor(seconds / 60) * 60);
}

/** An ISO 8601 duration in words; what is none is shown as it is. */
export function formatIsoDuration(duration: string): string {
  const parsed = Duration.fromISO(duration);
  return parsed.isValid ? formatSeconds(parsed.as('seconds')) : duration;
}

/** The time of day, with the date where it is not today's. */
function formatIn(
  zone: string,
  at: string,
  now: number,
  clock: string = 'HH:mm',
): string {
  const time = DateTime.fromISO(at, { zone });
  const today = DateTime.fromMillis(now, { zone });
  if (time.hasSame(today, 'day')) {
    return time.toFormat(clock);
  }
  return time.hasSame(today, 'year')
    ? time.toFormat(`d LLL ${clock}`)
    : time.toFormat(`d LLL yyyy ${clock}`);
}

/** For example "14:02 UTC", or "16 Nov 02:03 UTC" on another day. */
export function formatUtc(at: string, now: number = Date.now()): string {
  return `${formatIn('utc', at, now)} UTC`;
}

/** For example "14:02 UTC (16:02 yours)"; without the bracket where both are the same. */
export function formatUtcAndYours(
  at: string,
  now: number = Date.now(),
  zone: string = 'local',
  clock: 'HH:mm' | 'HH:mm:ss' = 'HH:mm',
): string {
  const utc = formatIn('utc', at, now, clock);
  const yours = formatIn(zone, at, now, clock);
  return utc === yours ? `${utc} UTC` : `${utc} UTC (${yours} yours)`;
}

/** The whole moment in both zones, for titles and drawers. */
export function formatExact(at: string, zone: string = 'local'): string {
  const utc = DateTime.fromISO(at, { zone: 'utc' });
  const yours = DateTime.fromISO(at, { zone });
  const first = `${utc.toFormat('d LLL yyyy HH:mm:ss')} UTC`;
  return yours.offset === 0
    ? first
    : `${first}, ${yours.toFormat('d LLL yyyy HH:mm:ss')} yours (${yours.zoneName})`;
}

/** A moment for a field in which one can type, for example "2026-11-16 02:03:01". */
export function formatTyped(atMs: number, zone: string = 'utc'): string {
  return DateTime.fromMillis(atMs, { zone }).toFormat('yyyy-MM-dd HH:mm:ss');
}

/**
 * A typed moment in epoch milliseconds: ISO 8601, with a blank or a T, UTC
 * where no offset stands behind it; undefined where it is none.
 */
export function parseTyped(text: string): number | undefined {
  const iso = text
    .trim()
    .replace(/\s*utc$/i, 'Z')
    .replace(/^(\d{4}-\d\d-\d\d)\s+/, '$1T');
  const parsed = DateTime.fromISO(iso, { zone: 'utc' });
  return parsed.isValid && /^\d{4}-/.test(iso) ? parsed.toMillis() : undefined;
}

/** Seconds between a moment and now; negative for the future. */
export function secondsSince(at: string, now: number = Date.now()): number {
  return (now - Date.parse(at)) / 1000;
}
