import { Histogram, Meter } from '@opentelemetry/api';
import { Operation } from 'backstage-plugin-database-ops-common';

/** From a discard of seconds to a full backup of a day. */
const BUCKETS_SECONDS = [
  1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400,
];

const NAME = 'database_ops_operation_duration_seconds';

/** Counts how operations that this process saw end ended, and how long they ran. */
export class OperationDurations {
  readonly #histogram: Histogram;

  constructor(meter: Meter) {
    this.#histogram = meter.createHistogram(NAME, {
      description: 'How long operations ran, by kind and how they ended',
      advice: { explicitBucketBoundaries: BUCKETS_SECONDS },
    });
  }

  /** Of one that has just ended; one that never started took no time. */
  record(operation: Operation): void {
    const { kind, state, startedAt, endedAt } = operation;
    const seconds =
      startedAt && endedAt
        ? (Date.parse(endedAt) - Date.parse(startedAt)) / 1000
        : 0;
    this.#histogram.record(seconds, { kind, state });
  }
}
