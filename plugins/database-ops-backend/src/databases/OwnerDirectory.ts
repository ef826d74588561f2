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
  readonly #clock: () => number;
  readonly #startedAtMs: number;
  #askedAtMs = -Infinity;
  #annotated: readonly AnnotatedEntity[] | undefined;

  constructor(options: {
    readonly catalog: CatalogService;
    readonly auth: AuthService;
    readonly databases: ConfiguredDatabases;
    readonly logger: LoggerService;
    readonly clock?: () => number;
  }) {
    this.#catalog = options.catalog;
    this.#auth = options.auth;
    this.#databases = options.databases;
    this.#logger = options.logger;
    this.#clock = options.clock ?? Date.now;
    this.#startedAtMs = this.#clock();
  }

  /** `undefined` until the catalog has answered once. */
  annotatedEntities(): readonly AnnotatedEntity[] | undefined {
    return this.#annotated;
  }

  /** Asks once in a while, and at each turn while a starting catalog still lacks an owner. */
  async refreshWhenDue(): Promise<void> {
    const now = this.#clock();
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
    ];
    const named = this.#databases
      .list()
      .flatMap(({ id, entityRef }) => (entityRef ? [{ id, entityRef }] : []));
    const byRef = await this.#catalog.getEntitiesByRefs(
      { entityRefs: named.map(item => item.entityRef), fields },
      { credentials },
    );
    const annotated = await this.#catalog.getEntities(
      {
        filter: [
          {
            [`metadata.annotations.${DATABASE_ID_ANNOTATION}`]:
              CATALOG_FILTER_EXISTS,
          },
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
    this.#annotated = annotated.items.map(entity => ({
      entityRef: stringifyEntityRef(entity),
      databaseId: entity.metadata.annotations?.[DATABASE_ID_ANNOTATION] ?? '',
    }));
  }
}
