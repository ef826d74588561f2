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

/** Beginning and end of a window, epoch milliseconds. */
type Span = readonly [beginMs: number, endMs: number];

const DAY_MS = 86_400_000;
/** Days whose windows are worked out together: calendars are slow, and the same days are asked for over and over. */
const CHUNK_DAYS = 8;
const MOST_CHUNKS = 60;
const KNOWN = new WeakMap<BlackoutDefinition, Map<number, readonly Span[]>>();

/** The windows that touch a chunk of days. */
function windowsIn(
  blackout: BlackoutDefinition,
  chunk: number,
): readonly Span[] {
  const first = DateTime.fromMillis(chunk * CHUNK_DAYS * DAY_MS, {
    zone: blackout.timeZone,
  }).startOf('day');
  // One that began the day before may last, and zones begin their days earlier.
  return Array.from({ length: CHUNK_DAYS + 3 }, (_, index) =>
    first.plus({ days: index - 1 }),
  ).flatMap(day => {
    if (!blackout.days.includes(WEEKDAYS[day.weekday - 1])) {
      return [];
    }
    const end = at(
      blackout.to > blackout.from ? day : day.plus({ days: 1 }),
      blackout.to,
    );
    return [[at(day, blackout.from).toMillis(), end.toMillis()] as const];
  });
}

function windowsAround(
  blackout: BlackoutDefinition,
  momentMs: number,
): readonly Span[] {
  const chunks = KNOWN.get(blackout) ?? new Map<number, readonly Span[]>();
  KNOWN.set(blackout, chunks);
  const chunk = Math.floor(momentMs / (CHUNK_DAYS * DAY_MS));
  const known = chunks.get(chunk);
  if (known) {
    return known;
  }
  if (chunks.size >= MOST_CHUNKS) {
    chunks.clear();
  }
  const windows = windowsIn(blackout, chunk);
  chunks.set(chunk, windows);
  return windows;
}

/** The blackout that covers a moment for a kind of operation; of several the one that ends last. */
export function blackoutAt(
  blackouts: readonly BlackoutDefinition[],
  kind: OperationKind,
  moment: Date,
): Blackout | undefined {
  const momentMs = moment.getTime();
  return blackouts
    .filter(({ kinds }) => !kinds || kinds.includes(kind))
    .flatMap(blackout =>
      windowsAround(blackout, momentMs)
        .filter(([beginMs, endMs]) => beginMs <= momentMs && momentMs < endMs)
        .map(([, endMs]) => ({ ...blackout, endsAt: new Date(endMs) })),
    )
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
  let leftAt = moment;
  for (let window = 0; window < MOST_WINDOWS; window += 1) {
    const blackout = blackoutAt(blackouts, kind, leftAt);
    if (!blackout) {
      return { at: leftAt, reasons };
    }
    if (!reasons.includes(blackout.reason)) {
      reasons.push(blackout.reason);
    }
    leftAt = blackout.endsAt;
  }
  return undefined;
}
