import { EarlierAnswer } from './types';

const HOUR_SECONDS = 3600;
/** From this stretch on a rate an hour says something: one burst between two checks is none. */
const TELLING_SECONDS = 600;

/** Counters only rise, unless somebody reset them: then nothing can be said until the next check. */
export function since<TRow>(
  now: TRow,
  earlier: EarlierAnswer<TRow> | undefined,
  counter: keyof TRow,
): number | undefined {
  const before = earlier?.rows[0]?.[counter];
  const difference = Number(now[counter]) - Number(before);
  return before !== undefined && difference >= 0 ? difference : undefined;
}

export const measuring = (member: string) =>
  `Measured from the second check of ${member} on.`;

export interface CounterRow {
  readonly count: number;
}

export const counterOf = ([row]: readonly CounterRow[]) => row.count;

interface Rate {
  readonly count: number;
  readonly perHour: number;
  readonly stretchSeconds: number;
  readonly telling: boolean;
  /** What to add while the stretch is too short. */
  readonly note: string;
}

/** How fast a counter rose over the last hour, or as far back as it is known. */
export function rateOf(
  row: CounterRow,
  base: EarlierAnswer<CounterRow> | undefined,
): Rate | undefined {
  const count = since(row, base, 'count');
  if (count === undefined || !base) {
    return undefined;
  }
  const stretchSeconds = Math.max(base.ageSeconds, 1);
  const telling = stretchSeconds >= TELLING_SECONDS;
  return {
    count,
    perHour: (count * HOUR_SECONDS) / stretchSeconds,
    stretchSeconds,
    telling,
    note: telling ? '' : '; a rate is judged from 10 min on',
  };
}
