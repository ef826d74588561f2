import { OperationKind } from 'backstage-plugin-database-ops-common';
import { DateTime } from 'luxon';
import { BlackoutDefinition, Weekday } from '../policies/types';

const WEEKDAYS: readonly Weekday[] = [
  'mon',
  'tue',
  'wed',
  'thu',
  'fri',
  'sat',
  'sun',
];

/** Windows that follow each other are left one after the other; a week of them never ends. */
const MOST_WINDOWS = 50;

/** A window that covers a moment, and when it ends. */
export type Blackout = BlackoutDefinition & { readonly endsAt: Date };

function at(day: DateTime, time: string): DateTime {
  const [hour, minute] = time.split(':').map(Number);
  return hour === 24
    ? day.plus({ days: 1 }).startOf('day')
    : day.set({ hour, minute });
}

/** The end of the window that began on a day, when it covers the moment. */
function endOf(
  blackout: BlackoutDefinition,
  day: DateTime,
  moment: DateTime,
): Date | undefined {
  if (!blackout.days.includes(WEEKDAYS[day.weekday - 1])) {
    return undefined;
  }
  const begin = at(day, blackout.from);
  const end = at(
    blackout.to > blackout.from ? day : day.plus({ days: 1 }),
    blackout.to,
  );
  return moment >= begin && moment < end ? end.toJSDate() : undefined;
}

/** The blackout that covers a moment for a kind of operation; of several the one that ends last. */
export function blackoutAt(
  blackouts: readonly BlackoutDefinition[],
  kind: OperationKind,
  moment: Date,
): Blackout | undefined {
  return blackouts
    .filter(({ kinds }) => !kinds || kinds.includes(kind))
    .flatMap(blackout => {
      const local = DateTime.fromJSDate(moment, { zone: blackout.timeZone });
      const today = local.startOf('day');
      return [today.minus({ days: 1 }), today].flatMap(day => {
        const endsAt = endOf(blackout, day, local);
        return endsAt ? [{ ...blackout, endsAt }] : [];
      });
    })
    .reduce<Blackout | undefined>(
      (last, blackout) =>
        last && last.endsAt >= blackout.endsAt ? last : blackout,
      undefined,
    );
}

/**
 * The first moment from this one on that no blackout covers, with the reasons
 * for the way there; `undefined` when blackouts follow each other without end.
 */
export function afterBlackouts(
  blackouts: readonly BlackoutDefinition[],
  kind: OperationKind,
  moment: Date,
): { readonly at: Date; readonly reasons: readonly string[] } | undefined {
  const reasons: string[] = [];
  let at = moment;
  for (let window = 0; window < MOST_WINDOWS; window += 1) {
    const blackout = blackoutAt(blackouts, kind, at);
    if (!blackout) {
      return { at, reasons };
    }
    if (!reasons.includes(blackout.reason)) {
      reasons.push(blackout.reason);
    }
    at = blackout.endsAt;
  }
  return undefined;
}
