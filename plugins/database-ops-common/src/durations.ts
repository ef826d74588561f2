const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Up to here hours are compared with objectives in hours ("25 h" with "24 h"). */
const HOURS_UNTIL = 2 * DAY;
/** Beyond these, the smaller unit says nothing that matters. */
const SECONDS_UNTIL = 10 * MINUTE;
const HOURS_BESIDE_DAYS_UNTIL = 7 * DAY;

/**
 * A stretch of time in at most two units, the same words wherever people read
 * one: `9 s`, `2 min 10 s`, `12 min`, `25 h 10 min`, `2 d 4 h`.
 *
 * @param totalSeconds - negative ones count as none
 * @public
 */
export function describeSeconds(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  if (seconds < MINUTE) {
    return `${seconds} s`;
  }
  if (seconds < HOUR) {
    const rest = seconds < SECONDS_UNTIL ? seconds % MINUTE : 0;
    return inUnits([Math.floor(seconds / MINUTE), 'min'], [rest, 's']);
  }
  if (seconds < HOURS_UNTIL) {
    const rest = Math.floor((seconds % HOUR) / MINUTE);
    return inUnits([Math.floor(seconds / HOUR), 'h'], [rest, 'min']);
  }
  const rest =
    seconds < HOURS_BESIDE_DAYS_UNTIL ? Math.floor((seconds % DAY) / HOUR) : 0;
  return inUnits([Math.floor(seconds / DAY), 'd'], [rest, 'h']);
}

/**
 * An age: like {@link describeSeconds}, but minutes need no seconds beside them.
 *
 * @public
 */
export function describeAge(totalSeconds: number): string {
  return describeSeconds(
    totalSeconds < MINUTE
      ? totalSeconds
      : Math.floor(totalSeconds / MINUTE) * MINUTE,
  );
}

function inUnits(
  [large, unit]: readonly [number, string],
  [small, smallUnit]: readonly [number, string],
): string {
  return small === 0
    ? `${large} ${unit}`
    : `${large} ${unit} ${small} ${smallUnit}`;
}
