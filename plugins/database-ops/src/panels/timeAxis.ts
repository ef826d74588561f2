// What the time axis of a chart shows: how far it reaches and which moments it names.

const DAY_SECONDS = 86_400;

/** Room on both sides of a single value of a series that has one each minute or so. */
const ALONE_SECONDS = 60;

function minuteOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 16);
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });
}

/** A label a day; nothing between, where it would be said twice. */
function dayOf(seconds: number): string {
  return seconds % DAY_SECONDS === 0 ? dateOf(seconds) : '';
}

/** The time axis of a chart, in seconds since 1970. */
export interface TimeAxis {
  /** From when to when; undefined while there is no value. */
  readonly rangeOf: (
    times: readonly number[],
  ) => [from: number, to: number] | undefined;
  /** Where to name moments, when that is not to be left to the drawing. */
  readonly ticksOf?: (times: readonly number[]) => number[];
  readonly label: (seconds: number) => string;
}

/**
 * @param byDays - Values are few and lie apart by days.
 * @param alone - There is one value only, which is named itself: no other moment says anything.
 */
export function timeAxisOf(byDays: boolean, alone: boolean): TimeAxis {
  const several = byDays ? dayOf : minuteOf;
  const single = (seconds: number) =>
    byDays ? `${dateOf(seconds)}, ${minuteOf(seconds)}` : minuteOf(seconds);
  return {
    // From the times themselves: of a single one the drawing makes three years.
    rangeOf: times => {
      if (times.length === 0) {
        return undefined;
      }
      const low = times[0];
      const high = times[times.length - 1];
      const least = low === high ? ALONE_SECONDS : 0;
      const margin = byDays
        ? Math.max(DAY_SECONDS, (high - low) * 0.05)
        : least;
      return [low - margin, high + margin];
    },
    ...(alone ? { ticksOf: times => [...times] } : {}),
    label: alone ? single : several,
  };
}
