import { CatalogService } from '@backstage/plugin-catalog-node';
import { Summary } from 'backstage-plugin-database-ops-common';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';
import { OwnerDirectory } from '../databases/OwnerDirectory';
import { OperationStore } from '../operations/OperationStore';
import { Caller } from '../permissions/DatabaseAuthorizer';

type Gap = Summary['gaps'][number];

function countBy<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) {
    counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  }
  return counts;
}

/** Totals over what a caller may read, and where coverage has gaps. */
export class SummaryService {
  readonly #authorized: AuthorizedDatabases;
  readonly #databases: ConfiguredDatabases;
  readonly #owners: OwnerDirectory;
  readonly #operations: OperationStore;
  readonly #catalog: CatalogService;

  constructor(options: {
    readonly authorized: AuthorizedDatabases;
    readonly databases: ConfiguredDatabases;
    readonly owners: OwnerDirectory;
    readonly operations: OperationStore;
    readonly catalog: CatalogService;
  }) {
    this.#authorized = options.authorized;
    this.#databases = options.databases;
    this.#owners = options.owners;
    this.#operations = options.operations;
    this.#catalog = options.catalog;
  }

  async get(caller: Caller): Promise<Summary> {
    const databases = await this.#authorized.listAll(caller);
    const ids = new Set(databases.map(database => database.id));
    const active = await this.#operations.listActive();
    return {
      databases: databases.length,
      byStatus: countBy(databases, database => database.status),
      byFreshness: countBy(databases, database => database.freshness.state),
      runningOperations: active.filter(operation =>
        ids.has(operation.databaseId),
      ).length,
      gaps: [
        ...this.#databaseGaps(ids),
        // What belongs to no database is shown to those who may read one.
        ...(ids.size > 0
          ? [...(await this.#entityGaps(caller)), ...this.#repositoryGaps()]
          : []),
      ],
    };
  }

  #databaseGaps(readableIds: ReadonlySet<string>): readonly Gap[] {
    return this.#databases
      .list()
      .filter(database => readableIds.has(database.id))
      .flatMap(({ id, entityRef, policyName, repositoryId }) => [
        ...(entityRef
          ? []
          : [
              {
                kind: 'database-without-entity' as const,
                name: id,
                sentence: `Database '${id}' names no catalog entity; set databaseOps.databases.${id}.entity.`,
              },
            ]),
        ...(policyName || !repositoryId
          ? []
          : [
              {
                kind: 'database-without-policy' as const,
                name: id,
                sentence: `Database '${id}' has no policy: no schedule backs it up and no objective judges it.`,
              },
            ]),
      ]);
  }

  /** Only of entities that the caller may see in the catalog. */
  async #entityGaps(caller: Caller): Promise<readonly Gap[]> {
    const gaps = [...this.#unknownIds(), ...this.#uncoveredEntities()];
    if (gaps.length === 0) {
      return [];
    }
    const { items } = await this.#catalog.getEntitiesByRefs(
      { entityRefs: gaps.map(({ name }) => name), fields: ['kind'] },
      { credentials: caller },
    );
    return gaps.filter((_gap, index) => items[index] !== undefined);
  }

  #unknownIds(): readonly Gap[] {
    return (this.#owners.annotatedEntities() ?? [])
      .filter(({ databaseId }) => !this.#databases.get(databaseId))
      .map(({ entityRef, databaseId }) => ({
        kind: 'unknown-database-id' as const,
        name: entityRef,
        sentence: `Entity ${entityRef} names database '${databaseId}', which is not configured.`,
      }));
  }

  /** Databases of the catalog that nothing here watches or backs up. */
  #uncoveredEntities(): readonly Gap[] {
    const covered = new Set([
      ...this.#databases.list().map(({ entityRef }) => entityRef),
      ...(this.#owners.annotatedEntities() ?? []).map(({ entityRef }) =>
        entityRef.toLowerCase(),
      ),
    ]);
    return (this.#owners.databaseEntities() ?? [])
      .filter(entityRef => !covered.has(entityRef))
      .map(entityRef => ({
        kind: 'entity-without-database' as const,
        name: entityRef,
        sentence: `Entity ${entityRef} is a database that nothing here knows: no policy backs it up. Configure it under databaseOps.databases with this entity.`,
      }));
  }

  #repositoryGaps(): readonly Gap[] {
    const used = new Set(
      this.#databases
        .list()
        .flatMap(({ repositoryId, additionalRepositoryIds = [] }) => [
          repositoryId,
          ...additionalRepositoryIds,
        ]),
    );
    return [...this.#databases.repositories().keys()]
      .filter(id => !used.has(id))
      .map(id => ({
        kind: 'repository-without-database' as const,
        name: id,
        sentence: `Repository '${id}' is used by no database.`,
      }));
  }
}
