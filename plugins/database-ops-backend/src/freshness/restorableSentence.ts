import { Freshness } from 'backstage-plugin-database-ops-common';
import { DateTime } from 'luxon';

/**
 * The sentence of a healthy database with backups, for example `Healthy.
 * Restorable to 06:15 UTC.`, with the date where it is not today's. Not an
 * age: a report would say it anew with every check.
 */
export function restorableSentence(
  freshness: Freshness | undefined,
  now: Date,
): string | undefined {
  if (!freshness?.restorableTo) {
    return undefined;
  }
  const to = DateTime.fromISO(freshness.restorableTo, { zone: 'utc' });
  const today = DateTime.fromJSDate(now, { zone: 'utc' });
  let format = 'd LLL yyyy HH:mm';
  if (to.hasSame(today, 'day')) {
    format = 'HH:mm';
  } else if (to.hasSame(today, 'year')) {
    format = 'd LLL HH:mm';
  }
  return `Healthy. Restorable to ${to.toFormat(format, { locale: 'en' })} UTC.`;
}
