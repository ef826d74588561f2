import { LoggerService } from '@backstage/backend-plugin-api';
import { Meter } from '@opentelemetry/api';
import {
  FreshnessState,
  ObjectivesSummary,
} from 'backstage-plugin-database-ops-common';
import {
  GaugeDefinition,
  GaugesAtScrape,
  Observe,
} from '../metrics/GaugesAtScrape';
import { ObjectiveService } from './ObjectiveService';

const STATE: Record<FreshnessState, number> = {
  kept: 0,
  missed: 1,
  unknown: 2,
  'no-objective': 3,
};

type Gauge = 'status' | 'promised' | 'claimed' | 'proved';

/** What of a summary each gauge tells, by objective. */
interface ObjectiveGauge extends GaugeDefinition {
  readonly rpo: (summary: ObjectivesSummary) => number | undefined;
  readonly rto: (summary: ObjectivesSummary) => number | undefined;
}

const METRICS: Readonly<Record<Gauge, ObjectiveGauge>> = {
  status: {
    name: 'database_ops_objective_status',
    description: 'Objective: 0 kept, 1 missed, 2 unknown, 3 none promised',
    rpo: ({ rpoState }) => STATE[rpoState],
    rto: ({ rtoState }) => STATE[rtoState],
  },
  promised: {
    name: 'database_ops_objective_promised_seconds',
    description: 'RPO or RTO that the policy promises',
    rpo: ({ rpoPromisedSeconds }) => rpoPromisedSeconds,
    rto: ({ rtoPromisedSeconds }) => rtoPromisedSeconds,
  },
  claimed: {
    name: 'database_ops_objective_claimed_seconds',
    description: 'Age of the newest moment that the repository claims',
    rpo: ({ rpoClaimedSeconds }) => rpoClaimedSeconds,
    rto: () => undefined,
  },
  proved: {
    name: 'database_ops_objective_proved_seconds',
    description:
      'What the last restore that was carried out would have lost (rpo) or took (rto)',
    rpo: ({ rpoProvedSeconds }) => rpoProvedSeconds,
    rto: ({ rtoMeasuredSeconds }) => rtoMeasuredSeconds,
  },
};

/** The objectives as metrics; every replica tells the same, from the tables. */
export class ObjectiveMetrics extends GaugesAtScrape<Gauge> {
  readonly #objectives: ObjectiveService;

  constructor(options: {
    readonly meter: Meter;
    readonly objectives: ObjectiveService;
    readonly logger: LoggerService;
  }) {
    super({
      ...options,
      gauges: METRICS,
      unread: 'Objectives could not be read for metrics',
    });
    this.#objectives = options.objectives;
  }

  protected async observe(observe: Observe<Gauge>): Promise<void> {
    const gauges = Object.entries(METRICS) as [Gauge, ObjectiveGauge][];
    for (const [database, summary] of await this.#objectives.summaries()) {
      for (const [gauge, tells] of gauges) {
        for (const objective of ['rpo', 'rto'] as const) {
          const value = tells[objective](summary);
          if (value !== undefined) {
            observe(gauge, value, { database, objective });
          }
        }
      }
    }
  }
}
