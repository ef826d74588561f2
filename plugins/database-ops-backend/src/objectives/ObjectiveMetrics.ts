import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  BatchObservableResult,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import {
  FreshnessState,
  ObjectivesSummary,
} from 'backstage-plugin-database-ops-common';
import { ObjectiveService } from './ObjectiveService';

const STATE: Record<FreshnessState, number> = {
  kept: 0,
  missed: 1,
  unknown: 2,
  'no-objective': 3,
};

/** What of a summary each gauge tells, by objective. */
const GAUGES: readonly {
  readonly name: string;
  readonly description: string;
  readonly rpo: (summary: ObjectivesSummary) => number | undefined;
  readonly rto: (summary: ObjectivesSummary) => number | undefined;
}[] = [
  {
    name: 'database_ops_objective_status',
    description: 'Objective: 0 kept, 1 missed, 2 unknown, 3 none promised',
    rpo: ({ rpoState }) => STATE[rpoState],
    rto: ({ rtoState }) => STATE[rtoState],
  },
  {
    name: 'database_ops_objective_promised_seconds',
    description: 'RPO or RTO that the policy promises',
    rpo: ({ rpoPromisedSeconds }) => rpoPromisedSeconds,
    rto: ({ rtoPromisedSeconds }) => rtoPromisedSeconds,
  },
  {
    name: 'database_ops_objective_claimed_seconds',
    description: 'Age of the newest moment that the repository claims',
    rpo: ({ rpoClaimedSeconds }) => rpoClaimedSeconds,
    rto: () => undefined,
  },
  {
    name: 'database_ops_objective_proved_seconds',
    description:
      'What the last restore that was carried out would have lost (rpo) or took (rto)',
    rpo: ({ rpoProvedSeconds }) => rpoProvedSeconds,
    rto: ({ rtoMeasuredSeconds }) => rtoMeasuredSeconds,
  },
];

/** The objectives as metrics; every replica tells the same, from the tables. */
export class ObjectiveMetrics {
  readonly #meter: Meter;
  readonly #objectives: ObjectiveService;
  readonly #logger: LoggerService;
  readonly #gauges: readonly ObservableGauge[];

  constructor(options: {
    readonly meter: Meter;
    readonly objectives: ObjectiveService;
    readonly logger: LoggerService;
  }) {
    this.#meter = options.meter;
    this.#objectives = options.objectives;
    this.#logger = options.logger;
    this.#gauges = GAUGES.map(({ name, description }) =>
      this.#meter.createObservableGauge(name, { description }),
    );
  }

  start(): void {
    this.#meter.addBatchObservableCallback(this.#observe, [...this.#gauges]);
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(this.#observe, [...this.#gauges]);
  }

  readonly #observe = async (result: BatchObservableResult): Promise<void> => {
    try {
      for (const [database, summary] of await this.#objectives.summaries()) {
        GAUGES.forEach((gauge, index) => {
          for (const objective of ['rpo', 'rto'] as const) {
            const value = gauge[objective](summary);
            if (value !== undefined) {
              result.observe(this.#gauges[index], value, {
                database,
                objective,
              });
            }
          }
        });
      }
    } catch (thrown) {
      // Absent series are what an alert on absence sees; stale ones would lie.
      this.#logger.error(
        `Objectives could not be read for metrics: ${toError(thrown).message}`,
      );
    }
  };
}
