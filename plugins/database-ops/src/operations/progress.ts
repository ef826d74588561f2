import {
  isFinalOperationState,
  Operation,
  OperationEvent,
  OperationProgress,
} from 'backstage-plugin-database-ops-common';

/** Less than this between the samples says nothing about the rate. */
const LEAST_SPAN_SECONDS = 3;

/** Samples older than this say nothing about the rate of now. */
const RATE_WINDOW_SECONDS = 60;

export interface Pace {
  /** Bytes a second; absent while estimating or where bytes are not counted. */
  readonly bytesPerSecond?: number;
  /** Absent while estimating. */
  readonly remainingSeconds?: number;
}

export interface OperationStep {
  readonly name: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

/** Whether an operation waits to run or runs. */
export function isActive(operation: Operation): boolean {
  return !isFinalOperationState(operation.state);
}

interface Sample {
  readonly seconds: number;
  readonly progress: OperationProgress;
}

/**
 * The rate of the current step and what remains of it, from the progress
 * events of the last minute. Nothing is said until it can be known.
 */
export function paceOf(events: readonly OperationEvent[]): Pace {
  const samples: Sample[] = events.flatMap(event =>
    event.type === 'progress' && event.progress
      ? [{ seconds: Date.parse(event.at) / 1000, progress: event.progress }]
      : [],
  );
  const last = samples.at(-1);
  if (!last) {
    return {};
  }
  const first = samples.find(
    sample =>
      sample.progress.step === last.progress.step &&
      last.seconds - sample.seconds <= RATE_WINDOW_SECONDS &&
      sample.progress.percent !== undefined,
  );
  const spanSeconds = first ? last.seconds - first.seconds : 0;
  if (!first || spanSeconds < LEAST_SPAN_SECONDS) {
    return {};
  }
  const done = (last.progress.doneBytes ?? 0) - (first.progress.doneBytes ?? 0);
  const bytesPerSecond = done > 0 ? done / spanSeconds : undefined;
  const { totalBytes, doneBytes, percent } = last.progress;
  if (
    bytesPerSecond !== undefined &&
    totalBytes !== undefined &&
    doneBytes !== undefined
  ) {
    return {
      bytesPerSecond,
      remainingSeconds: Math.max(0, totalBytes - doneBytes) / bytesPerSecond,
    };
  }
  const percentPerSecond =
    ((percent ?? 0) - (first.progress.percent ?? 0)) / spanSeconds;
  return percent !== undefined && percentPerSecond > 0
    ? { bytesPerSecond, remainingSeconds: (100 - percent) / percentPerSecond }
    : { bytesPerSecond };
}

/** The steps that an operation went through, with the last one open while it runs. */
export function stepsOf(
  operation: Operation,
  events: readonly OperationEvent[],
): OperationStep[] {
  const starts: { name: string; startedAt: string }[] = [];
  for (const event of events) {
    const name = event.progress?.step;
    if (name && starts.at(-1)?.name !== name) {
      starts.push({ name, startedAt: event.at });
    }
  }
  return starts.map((step, index) => ({
    ...step,
    endedAt: starts[index + 1]?.startedAt ?? operation.endedAt,
  }));
}
