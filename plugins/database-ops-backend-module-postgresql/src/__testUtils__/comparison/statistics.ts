/** A median and the interval that holds it with 95 % confidence or more. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

const CONFIDENCE = 0.95;

/** The interval is that of order statistics: it assumes nothing about the distribution. */
export function estimate(values: readonly number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  const median =
    count % 2 === 1
      ? sorted[(count - 1) / 2]
      : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
  let rank = 0;
  while (
    rank + 1 < count / 2 &&
    1 - 2 * tailOf(count, rank + 1) >= CONFIDENCE
  ) {
    rank += 1;
  }
  return { median, low: sorted[rank], high: sorted[count - 1 - rank], count };
}

/** Chance that at most `rank` of `count` values lie below the true median. */
function tailOf(count: number, rank: number): number {
  let chance = 0;
  let ways = 1;
  for (let k = 0; k <= rank; k++) {
    chance += ways;
    ways = (ways * (count - k)) / (k + 1);
  }
  return chance / 2 ** count;
}

export function formatEstimate(
  { median, low, high }: Estimate,
  digits = 2,
): string {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}
