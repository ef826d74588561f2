import { LoggerService } from '@backstage/backend-plugin-api';
import { Meter } from '@opentelemetry/api';
import {
  HealthStatus,
  SignalStatus,
} from 'backstage-plugin-database-ops-common';
import { OperationCount } from '../monitoring/types';
import { GaugesAtScrape, Observe } from './GaugesAtScrape';
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

type Gauge = keyof typeof METRICS;

/**
 * The plugin's metrics, observed when a scrape asks: every replica tells the
 * same facts, for they are read from the tables.
 */
export class DatabaseOpsMetrics extends GaugesAtScrape<Gauge> {
  readonly #facts: FactsReader;
  #countedOnce: ReadonlyMap<string, OperationCount> = new Map();

  constructor(options: {
    readonly meter: Meter;
    readonly facts: FactsReader;
    readonly logger: LoggerService;
  }) {
    super({
      ...options,
      gauges: METRICS,
      unread: 'Metrics could not be read from the tables',
    });
    this.#facts = options.facts;
  }

  protected async observe(observe: Observe<Gauge>): Promise<void> {
    const facts = await this.#facts.read();
    observeDatabases(observe, facts);
    this.#observeOperations(observe, facts);
    for (const [component, beatAt] of facts.heartbeats) {
      observe('heartbeat', beatAt.getTime() / 1000, { component });
    }
  }

  #observeOperations(observe: Observe<Gauge>, facts: MetricFacts): void {
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
      observe('operations', count, { database: databaseId, kind, state });
    }
    for (const outcome of facts.outcomes) {
      const labels = { database: outcome.databaseId, kind: outcome.kind };
      observe('lastSuccess', outcome.succeeded ? 1 : 0, labels);
      if (outcome.durationSeconds !== undefined) {
        observe('lastDuration', outcome.durationSeconds, labels);
      }
    }
  }
}

function observeDatabases(observe: Observe<Gauge>, facts: MetricFacts): void {
  for (const database of facts.databaseIds) {
    const freshness = facts.freshness.get(database);
    if (freshness?.ageSeconds !== undefined) {
      observe('backupAge', freshness.ageSeconds, { database });
    }
    if (freshness?.objectiveSeconds !== undefined) {
      observe('backupObjective', freshness.objectiveSeconds, { database });
    }
    const report = facts.reports.get(database)?.report;
    observe('healthStatus', HEALTH_STATUS[report?.status ?? 'unknown'], {
      database,
    });
    for (const { id, status } of report?.signals ?? []) {
      observe('signalStatus', SIGNAL_STATUS[status], { database, signal: id });
    }
  }
}

function keyOf(counted: OperationCount): string {
  return [counted.databaseId, counted.kind, counted.state].join(' ');
}
