import { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import {
  Entity,
  RELATION_OWNED_BY,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import { assertError } from '@backstage/errors';
import { CATALOG_FILTER_EXISTS } from '@backstage/catalog-client';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { DATABASE_ID_ANNOTATION } from 'backstage-plugin-database-ops-common';
import { ConfiguredDatabases } from './ConfiguredDatabases';

/** An entity that names a database by annotation. */
export interface AnnotatedEntity {
  readonly entityRef: string;
  readonly databaseId: string;
}

/** Two questions to the catalog; an entity that has just appeared gets its buttons soon. */
const REFRESH_MS = 10_000;
/** A catalog that starts with us learns its entities in these. */
const FIRST_MS = 60_000;

/** How the software catalog's own model calls a database. */
const DATABASE_ENTITIES = { kind: 'resource', 'spec.type': 'database' };

function ownerOf(entity: Entity): string | undefined {
  return entity.relations?.find(relation => relation.type === RELATION_OWNED_BY)
    ?.targetRef;
}

/**
 * Asks the catalog who owns each database's entity and which entities name a
 * database. A catalog that is down leaves the last answer standing.
 */
export class OwnerDirectory {
  readonly #catalog: CatalogService;
  readonly #auth: AuthService;
  readonly #databases: ConfiguredDatabases;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;
  readonly #startedAtMs: number;
  #askedAtMs = -Infinity;
  #annotated: readonly AnnotatedEntity[] | undefined;
  #databaseEntities: readonly string[] | undefined;

  constructor(options: {
    readonly catalog: CatalogService;
    readonly auth: AuthService;
    readonly databases: ConfiguredDatabases;
    readonly logger: LoggerService;
    readonly clock?: () => Date;
  }) {
    this.#catalog = options.catalog;
    this.#auth = options.auth;
    this.#databases = options.databases;
    this.#logger = options.logger;
    this.#clock = options.clock ?? (() => new Date());
    this.#startedAtMs = this.#clock().getTime();
  }

  /** `undefined` until the catalog has answered once. */
  annotatedEntities(): readonly AnnotatedEntity[] | undefined {
    return this.#annotated;
  }

  /** Entities that are databases by their type, whether one of ours or not; `undefined` until the catalog has answered once. */
  databaseEntities(): readonly string[] | undefined {
    return this.#databaseEntities;
  }

  /** Asks once in a while, and at each turn while a starting catalog still lacks an owner. */
  async refreshWhenDue(): Promise<void> {
    const now = this.#clock().getTime();
    const isFirst =
      now - this.#startedAtMs < FIRST_MS &&
      this.#databases
        .list()
        .some(({ entityRef, owner }) => entityRef && !owner);
    if (isFirst || now - this.#askedAtMs >= REFRESH_MS) {
      this.#askedAtMs = now;
      await this.refresh();
    }
  }

  async refresh(): Promise<void> {
    try {
      await this.#refresh();
    } catch (error) {
      assertError(error);
      this.#logger.warn(
        `The catalog did not say who owns the databases, the last answer stands: ${error.message}`,
      );
    }
  }

  async #refresh(): Promise<void> {
    const credentials = await this.#auth.getOwnServiceCredentials();
    const fields = [
      'kind',
      'metadata.name',
      'metadata.namespace',
      'metadata.annotations',
      'relations',
      'spec.type',
    ];
    const named = this.#databases
      .list()
      .flatMap(({ id, entityRef }) => (entityRef ? [{ id, entityRef }] : []));
    const byRef = await this.#catalog.getEntitiesByRefs(
      { entityRefs: named.map(item => item.entityRef), fields },
      { credentials },
    );
    const { items } = await this.#catalog.getEntities(
      {
        filter: [
          {
            [`metadata.annotations.${DATABASE_ID_ANNOTATION}`]:
              CATALOG_FILTER_EXISTS,
          },
          DATABASE_ENTITIES,
        ],
        fields,
      },
      { credentials },
    );
    const owners = new Map<string, string>();
    // Configuration names the entity: an annotation alone must not hand a
    // database to whoever wrote it.
    byRef.items.forEach((entity, index) => {
      const owner = entity && ownerOf(entity);
      if (owner) {
        owners.set(named[index].id, owner);
      }
    });
    this.#databases.setOwners(owners);
    this.#annotated = items.flatMap(entity => {
      const databaseId = entity.metadata.annotations?.[DATABASE_ID_ANNOTATION];
      return databaseId === undefined
        ? []
        : [{ entityRef: stringifyEntityRef(entity), databaseId }];
    });
    this.#databaseEntities = items
      .filter(
        ({ kind, spec }) =>
          kind.toLowerCase() === DATABASE_ENTITIES.kind &&
          spec?.type === DATABASE_ENTITIES['spec.type'],
      )
      .map(entity => stringifyEntityRef(entity).toLowerCase());
  }
}
