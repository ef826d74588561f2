import { JsonObject } from '@backstage/types';
import { z } from 'zod';

/** What an engine measured while it restored: `measured` in the facts of the instance. */
const measuredSchema = z.object({
  measured: z.object({
    fetchBytes: z.number().positive(),
    fetchSeconds: z.number().nonnegative(),
    replayBytes: z.number().nonnegative(),
    replaySeconds: z.number().nonnegative(),
  }),
});

type Measured = z.infer<typeof measuredSchema>['measured'];

/** With a single measured restore nobody knows how they differ. */
const ERROR_OF_ONE_SAMPLE = 0.5;

export interface RestoreEstimate {
  readonly estimatedSeconds: number;
  /** How far the measured restores lie from what would have been estimated for them, on average. */
  readonly estimateErrorSeconds: number;
  readonly estimateSamples: number;
}

/**
 * How long a restore takes, from the measured ones of that database; nothing
 * when there are none.
 */
export function estimateRestore(
  facts: readonly JsonObject[],
  restore: { readonly fetchBytes: number; readonly replayBytes: number },
): RestoreEstimate | undefined {
  const samples = facts.flatMap(each => {
    const parsed = measuredSchema.safeParse(each);
    return parsed.success ? [parsed.data.measured] : [];
  });
  if (samples.length === 0) {
    return undefined;
  }
  const sum = (of: (sample: Measured) => number) =>
    samples.reduce((total, sample) => total + of(sample), 0);
  const fetchSecondsPerByte =
    sum(({ fetchSeconds }) => fetchSeconds) /
    sum(({ fetchBytes }) => fetchBytes);
  const replayedBytes = sum(({ replayBytes }) => replayBytes);
  const replaySecondsPerByte =
    replayedBytes > 0
      ? sum(({ replaySeconds }) => replaySeconds) / replayedBytes
      : 0;
  const secondsFor = (wanted: typeof restore) =>
    wanted.fetchBytes * fetchSecondsPerByte +
    wanted.replayBytes * replaySecondsPerByte;
  const estimatedSeconds = secondsFor(restore);
  return {
    estimatedSeconds,
    estimateErrorSeconds:
      samples.length === 1
        ? estimatedSeconds * ERROR_OF_ONE_SAMPLE
        : sum(sample =>
            Math.abs(
              sample.fetchSeconds + sample.replaySeconds - secondsFor(sample),
            ),
          ) / samples.length,
    estimateSamples: samples.length,
  };
}
