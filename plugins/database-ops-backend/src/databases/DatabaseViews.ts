import { LoggerService } from '@backstage/backend-plugin-api';
import {
  Database,
  FreshnessState,
  HealthStatus,
} from 'backstage-plugin-database-ops-common';
import { HealthSummary } from '../health/types';
import {
  GLOBAL_SCOPE,
  MaintenanceModes,
} from '../maintenance/MaintenanceModes';
import { Monitoring } from '../monitoring/types';
import { ObjectiveService } from '../objectives/ObjectiveService';
import { OperationStore } from '../operations/OperationStore';
import { OverviewCache } from './OverviewCache';
import { DatabaseCatalog, ManagedDatabase, isReady } from './types';

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

/** What the API says of a database to whoever may read it, as of some seconds ago. */
export type DatabaseOverview = Omit<
  Database,
  'permissions' | 'activeOperationId' | 'maintenance'
>;

/** Up to so many are looked at anew each time. */
const FEW = 200;

/** Sort key of a database: the worst first, then by title. */
export function sortKey(
  database: DatabaseOverview,
): readonly [number, string, string] {
  return [
    WORST_FIRST.indexOf(database.status),
    database.title.toLowerCase(),
    database.id,
  ];
}

/** Orders sort keys. */
export function compareKeys(
  a: readonly (string | number)[],
  b: readonly (string | number)[],
): number {
  const index = a.findIndex((part, position) => part !== b[position]);
  if (index < 0) {
    return 0;
  }
  return a[index] < b[index] ? -1 : 1;
}

/** Which databases are asked for. */
export interface DatabaseFilter {
  readonly engine?: string;
  readonly status?: HealthStatus;
  readonly owner?: string;
  readonly entityRef?: string;
  readonly freshness?: FreshnessState;
}

export function matches(
  database: DatabaseOverview,
  filter: DatabaseFilter,
): boolean {
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
  health: HealthSummary | undefined,
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

  readonly #databases: DatabaseCatalog;
  readonly #overview: OverviewCache<readonly DatabaseOverview[]>;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly monitoring: Monitoring;
    readonly operations: OperationStore;
    readonly objectives: ObjectiveService;
    readonly maintenance: MaintenanceModes;
    readonly logger: LoggerService;
  }) {
    this.#monitoring = options.monitoring;
    this.#operations = options.operations;
    this.#objectives = options.objectives;
    this.#maintenance = options.maintenance;
    this.#databases = options.databases;
    this.#overview = new OverviewCache({
      make: () => this.#look(),
      logger: options.logger,
      isSmall: () => options.databases.list().length <= FEW,
    });
  }

  /** Every database, worst first; with many of them as of some seconds ago. */
  async overview(): Promise<readonly DatabaseOverview[]> {
    return this.#overview.read();
  }

  /** One database as it is now. */
  async overviewOf(database: ManagedDatabase): Promise<DatabaseOverview> {
    const [all, health, freshness] = await Promise.all([
      this.overview(),
      this.#monitoring.health.getReport(database.id),
      this.#monitoring.freshness.getFreshness(database.id),
    ]);
    const known = all.find(({ id }) => id === database.id);
    return {
      ...known,
      ...describe(database),
      ...statusOf(database, health),
      engineVersion: health?.engineVersion,
      freshness,
    };
  }

  /** Adds what changes from moment to moment and from caller to caller. */
  async complete(
    overviews: readonly DatabaseOverview[],
    rightsOf: (databaseId: string) => CallerRights,
  ): Promise<readonly Database[]> {
    const [active, modes] = await Promise.all([
      this.#operations.listActive(),
      this.#maintenance.list(),
    ]);
    const byScope = new Map(modes.map(mode => [mode.scope, mode]));
    // Newest first, so the oldest, which runs, is written last.
    const activeIds = new Map(
      [...active].map(({ databaseId, id }) => [databaseId, id]),
    );
    return overviews.map(overview => ({
      ...overview,
      activeOperationId: activeIds.get(overview.id),
      maintenance: byScope.get(overview.id) ?? byScope.get(GLOBAL_SCOPE),
      permissions: rightsOf(overview.id),
    }));
  }

  async #look(): Promise<readonly DatabaseOverview[]> {
    const [reports, freshness, alerts, objectives] = await Promise.all([
      this.#monitoring.health.listSummaries(),
      this.#monitoring.freshness.listFreshness(),
      this.#monitoring.alerts.countByDatabase(),
      this.#objectives.summaries(),
    ]);
    return this.#databases
      .list()
      .map(database => {
        const health = reports.get(database.id);
        return {
          ...describe(database),
          engineVersion: health?.engineVersion,
          ...statusOf(database, health),
          freshness: freshness.get(database.id) ?? {
            state: 'unknown' as const,
            sentence: 'Freshness is not known yet.',
          },
          objectives: objectives.get(database.id),
          alertCount: alerts && (alerts.get(database.id) ?? 0),
        };
      })
      .map(overview => ({ overview, key: sortKey(overview) }))
      .sort((a, b) => compareKeys(a.key, b.key))
      .map(({ overview }) => overview);
  }
}

/** What configuration and catalog say. */
function describe(database: ManagedDatabase) {
  const ready = isReady(database) ? database : undefined;
  const described = ready?.engine.engine.describe;
  return {
    id: database.id,
    title: database.title,
    engine: database.engineKind,
    environment: database.environment,
    entityRef: database.entityRef,
    owner: database.owner,
    repositoryId: database.repositoryId,
    ...(database.repositoryId && database.additionalRepositoryIds
      ? {
          repositoryIds: [
            database.repositoryId,
            ...database.additionalRepositoryIds,
          ],
        }
      : {}),
    policyName: database.policyName,
    quarantine: database.quarantine,
    members:
      ready && described
        ? described.members(ready.definition.config).map(member => ({
            name: member.name,
            address: `${member.host}:${member.port}`,
          }))
        : [],
    capabilities: ready && described?.capabilities(ready.definition.config),
  };
}
