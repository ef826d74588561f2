import { Moment } from 'backstage-plugin-database-ops-common';
import { formatInstant } from '../wal/instant';
import { formatPosition } from '../wal/segments';

/** A moment of numbers: microseconds since 1970, position in the log, timeline. */
export function toMoment(
  at: number,
  position: number,
  timeline: number,
): Moment {
  return { time: formatInstant(at), lsn: formatPosition(position), timeline };
}
