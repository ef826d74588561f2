import {
  Database,
  FreshnessState,
  HealthStatus,
} from 'backstage-plugin-database-ops-common';
import { ObservedHealth } from '../health/types';
import {
  GLOBAL_SCOPE,
  MaintenanceModes,
} from '../maintenance/MaintenanceModes';
import { Monitoring } from '../monitoring/types';
import { ObjectiveService } from '../objectives/ObjectiveService';
import { OperationStore } from '../operations/OperationStore';
import { ManagedDatabase, isReady } from './types';

/** What a caller may do with a database; for showing buttons. */
export interface CallerRights {
  readonly run: boolean;
  readonly restore: boolean;
  readonly audit: boolean;
}

const WORST_FIRST: readonly HealthStatus[] = [
  'down',
  'degraded',
  'unknown',
  'healthy',
];

/** Sort key of a database: the worst first, then by title. */
export function sortKey(database: Database): readonly [number, string, string] {
  return [
    WORST_FIRST.indexOf(database.status),
    database.title.toLowerCase(),
    database.id,
  ];
}

/** Which databases are asked for. */
export interface DatabaseFilter {
  readonly engine?: string;
  readonly status?: HealthStatus;
  readonly owner?: string;
  readonly entityRef?: string;
  readonly freshness?: FreshnessState;
}

export function matches(database: Database, filter: DatabaseFilter): boolean {
  const wanted: readonly (readonly [string | undefined, string | undefined])[] =
    [
      [filter.engine, database.engine],
      [filter.status, database.status],
      [filter.owner?.toLowerCase(), database.owner?.toLowerCase()],
      [filter.entityRef?.toLowerCase(), database.entityRef],
      [filter.freshness, database.freshness.state],
    ];
  return wanted.every(
    ([value, actual]) => value === undefined || value === actual,
  );
}

function statusOf(
  database: ManagedDatabase,
  health: ObservedHealth | undefined,
): Pick<Database, 'status' | 'sentence' | 'since' | 'observedAt'> {
  if (!isReady(database)) {
    return {
      status: 'unknown',
      sentence: `Configuration is wrong at ${database.quarantine.path}: ${database.quarantine.message}`,
    };
  }
  if (!health) {
    return {
      status: 'unknown',
      sentence: 'No check has ended yet; the first report is due soon.',
    };
  }
  const { status, sentence, since, observedAt } = health.report;
  return { status, sentence, since, observedAt };
}

/** Puts together what the API says of databases, each source asked once. */
export class DatabaseViews {
  readonly #monitoring: Monitoring;
  readonly #operations: OperationStore;
  readonly #objectives: ObjectiveService;
  readonly #maintenance: MaintenanceModes;

  constructor(options: {
    readonly monitoring: Monitoring;
    readonly operations: OperationStore;
    readonly objectives: ObjectiveService;
    readonly maintenance: MaintenanceModes;
  }) {
    this.#monitoring = options.monitoring;
    this.#operations = options.operations;
    this.#objectives = options.objectives;
    this.#maintenance = options.maintenance;
  }

  async describe(
    databases: readonly ManagedDatabase[],
    rightsOf: (database: ManagedDatabase) => CallerRights,
  ): Promise<readonly Database[]> {
    const [reports, freshness, alerts, active, modes, objectives] =
      await Promise.all([
        this.#monitoring.health.listReports(),
        this.#monitoring.freshness.listFreshness(),
        this.#monitoring.alerts.countByDatabase(),
        this.#operations.listActive(),
        this.#maintenance.list(),
        this.#objectives.summaries(),
      ]);
    const byScope = new Map(modes.map(mode => [mode.scope, mode]));
    // Newest first, so the oldest, which runs, is written last.
    const activeIds = new Map(
      [...active].map(({ databaseId, id }) => [databaseId, id]),
    );
    return databases.map(database => {
      const health = reports.get(database.id);
      const ready = isReady(database) ? database : undefined;
      const describe = ready?.engine.engine.describe;
      return {
        id: database.id,
        title: database.title,
        engine: database.engineKind,
        engineVersion: health?.engineVersion,
        environment: database.environment,
        entityRef: database.entityRef,
        owner: database.owner,
        repositoryId: database.repositoryId,
        policyName: database.policyName,
        ...statusOf(database, health),
        quarantine: database.quarantine,
        members:
          ready && describe
            ? describe.members(ready.definition.config).map(member => ({
                name: member.name,
                address: `${member.host}:${member.port}`,
              }))
            : [],
        freshness: freshness.get(database.id) ?? {
          state: 'unknown',
          sentence: 'Freshness is not known yet.',
        },
        objectives: objectives.get(database.id),
        alertCount: alerts && (alerts.get(database.id) ?? 0),
        activeOperationId: activeIds.get(database.id),
        capabilities: ready && describe?.capabilities(ready.definition.config),
        maintenance: byScope.get(database.id) ?? byScope.get(GLOBAL_SCOPE),
        permissions: rightsOf(database),
      };
    });
  }
}
