import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  BatchObservableResult,
  Meter,
  ObservableGauge,
} from '@opentelemetry/api';
import {
  HealthStatus,
  SignalStatus,
} from 'backstage-plugin-database-ops-common';
import { OperationCount } from '../monitoring/types';
import { FactsReader, MetricFacts } from './MetricFacts';

const SIGNAL_STATUS: Record<SignalStatus, number> = {
  ok: 0,
  warning: 1,
  critical: 2,
  unknown: 3,
};

const HEALTH_STATUS: Record<HealthStatus, number> = {
  healthy: 0,
  degraded: 1,
  down: 2,
  unknown: 3,
};

/** Every name this plugin exports, with what it means. */
const METRICS = {
  backupAge: {
    name: 'database_ops_backup_age_seconds',
    description: 'Age of the newest backup present in the repository',
  },
  backupObjective: {
    name: 'database_ops_backup_objective_seconds',
    description: 'RPO of the policy that the backup age is judged against',
  },
  signalStatus: {
    name: 'database_ops_signal_status',
    description: 'Health signal: 0 ok, 1 warning, 2 critical, 3 unknown',
  },
  healthStatus: {
    name: 'database_ops_health_status',
    description: 'Health: 0 healthy, 1 degraded, 2 down, 3 unknown',
  },
  operations: {
    name: 'database_ops_operations',
    description: 'Operations kept, by kind and state',
  },
  lastSuccess: {
    name: 'database_ops_last_operation_success',
    description: '1 when the last operation of this kind succeeded, else 0',
  },
  lastDuration: {
    name: 'database_ops_last_operation_duration_seconds',
    description: 'How long the last operation of this kind ran',
  },
  heartbeat: {
    name: 'database_ops_scheduler_heartbeat_timestamp_seconds',
    description:
      'When a background loop last ran on any replica, epoch seconds',
  },
} as const;

type Gauges = { readonly [K in keyof typeof METRICS]: ObservableGauge };

/**
 * The plugin's metrics, observed when a scrape asks: every replica tells the
 * same facts, for they are read from the tables.
 */
export class DatabaseOpsMetrics {
  readonly #meter: Meter;
  readonly #facts: FactsReader;
  readonly #logger: LoggerService;
  readonly #gauges: Gauges;
  #countedOnce: ReadonlyMap<string, OperationCount> = new Map();

  constructor(options: {
    readonly meter: Meter;
    readonly facts: FactsReader;
    readonly logger: LoggerService;
  }) {
    this.#meter = options.meter;
    this.#facts = options.facts;
    this.#logger = options.logger;
    this.#gauges = Object.fromEntries(
      Object.entries(METRICS).map(([key, { name, description }]) => [
        key,
        this.#meter.createObservableGauge(name, { description }),
      ]),
    ) as Gauges;
  }

  start(): void {
    this.#meter.addBatchObservableCallback(
      this.#observe,
      Object.values(this.#gauges),
    );
  }

  stop(): void {
    this.#meter.removeBatchObservableCallback(
      this.#observe,
      Object.values(this.#gauges),
    );
  }

  readonly #observe = async (result: BatchObservableResult): Promise<void> => {
    let facts: MetricFacts;
    try {
      facts = await this.#facts.read();
    } catch (thrown) {
      // Absent series are what an alert on absence sees; stale ones would lie.
      this.#logger.error(
        `Metrics could not be read from the tables: ${toError(thrown).message}`,
      );
      return;
    }
    this.#observeDatabases(result, facts);
    this.#observeOperations(result, facts);
    for (const [component, beatAt] of facts.heartbeats) {
      result.observe(this.#gauges.heartbeat, beatAt.getTime() / 1000, {
        component,
      });
    }
  };

  #observeDatabases(result: BatchObservableResult, facts: MetricFacts): void {
    const { backupAge, backupObjective, healthStatus, signalStatus } =
      this.#gauges;
    for (const database of facts.databaseIds) {
      const freshness = facts.freshness.get(database);
      if (freshness?.ageSeconds !== undefined) {
        result.observe(backupAge, freshness.ageSeconds, { database });
      }
      if (freshness?.objectiveSeconds !== undefined) {
        result.observe(backupObjective, freshness.objectiveSeconds, {
          database,
        });
      }
      const report = facts.reports.get(database)?.report;
      result.observe(healthStatus, HEALTH_STATUS[report?.status ?? 'unknown'], {
        database,
      });
      for (const { id, status } of report?.signals ?? []) {
        result.observe(signalStatus, SIGNAL_STATUS[status], {
          database,
          signal: id,
        });
      }
    }
  }

  #observeOperations(result: BatchObservableResult, facts: MetricFacts): void {
    const { operations, lastSuccess, lastDuration } = this.#gauges;
    const counts = new Map<string, OperationCount>(
      facts.operations.map(counted => [keyOf(counted), counted]),
    );
    // None is 0, not the last number known.
    for (const [key, counted] of this.#countedOnce) {
      if (!counts.has(key)) {
        counts.set(key, { ...counted, count: 0 });
      }
    }
    this.#countedOnce = counts;
    for (const { databaseId, kind, state, count } of counts.values()) {
      result.observe(operations, count, { database: databaseId, kind, state });
    }
    for (const outcome of facts.outcomes) {
      const labels = { database: outcome.databaseId, kind: outcome.kind };
      result.observe(lastSuccess, outcome.succeeded ? 1 : 0, labels);
      if (outcome.durationSeconds !== undefined) {
        result.observe(lastDuration, outcome.durationSeconds, labels);
      }
    }
  }
}

function keyOf(counted: OperationCount): string {
  return [counted.databaseId, counted.kind, counted.state].join(' ');
}
