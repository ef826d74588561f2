/*
 * Times of commits, to the microsecond: what PostgreSQL compares a recovery
 * target with. Microseconds since 1970 fit a number until the year 2255.
 */

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d{1,9}))?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)$/;

/** Microseconds since 1970 of an ISO 8601 time with an offset; `undefined` when it is none. */
export function parseInstant(text: string): number | undefined {
  const found = INSTANT.exec(text.trim());
  if (!found) {
    return undefined;
  }
  const [, date, time, fraction = '', zone] = found;
  const offset = /^[+-]/.test(zone)
    ? `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
    : 'Z';
  const milliseconds = Date.parse(
    `${date}T${time.length === 5 ? `${time}:00` : time}${offset}`,
  );
  return Number.isNaN(milliseconds)
    ? undefined
    : milliseconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** ISO 8601 UTC, with microseconds where there are any. */
export function formatInstant(microseconds: number): string {
  const rest = ((microseconds % 1000) + 1000) % 1000;
  const iso = new Date((microseconds - rest) / 1000).toISOString();
  return rest === 0
    ? iso
    : iso.replace('Z', `${String(rest).padStart(3, '0')}Z`);
}
