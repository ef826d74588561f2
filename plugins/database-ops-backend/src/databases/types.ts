import {
  DatabaseDefinition,
  EngineRegistration,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { PolicyDefinition } from '../policies/types';

export type { PolicyDefinition, ScheduleDefinition } from '../policies/types';

/**
 * What is known of a database even when its configuration is wrong.
 *
 * @public
 */
export interface DatabaseIdentity {
  readonly id: string;
  readonly title: string;
  /** Kind of the engine; `unknown` when configuration names none. */
  readonly engineKind: string;
  readonly environment?: string;
  /** Full entity reference in lower case, for example `resource:default/orders-db`. */
  readonly entityRef?: string;
  /** Entity reference of the owner; absent until the catalog has said it. */
  readonly owner?: string;
  readonly repositoryId?: string;
  /** Beside the first; only where the engine can. */
  readonly additionalRepositoryIds?: readonly string[];
  readonly policyName?: string;
}

/**
 * A database whose configuration was understood.
 *
 * @public
 */
export interface ReadyDatabase extends DatabaseIdentity {
  readonly definition: DatabaseDefinition;
  readonly engine: EngineRegistration;
  /** Absent when the database is only observed. */
  readonly repository?: RepositoryDefinition;
  /** Repositories with backups of their own, in the order of configuration. */
  readonly additionalRepositories?: readonly RepositoryDefinition[];
  readonly policy?: PolicyDefinition;
  readonly quarantine?: undefined;
}

/**
 * A database whose configuration is wrong: shown `unknown`, never acted on.
 *
 * @public
 */
export interface QuarantinedDatabase extends DatabaseIdentity {
  readonly quarantine: { readonly path: string; readonly message: string };
}

/**
 * A database of the catalog; `quarantine` tells the two apart.
 *
 * @public
 */
export type ManagedDatabase = ReadyDatabase | QuarantinedDatabase;

/** Every database that this portal manages, with its owner as last resolved. */
export interface DatabaseCatalog {
  /** In order of id. */
  list(): readonly ManagedDatabase[];
  get(databaseId: string): ManagedDatabase | undefined;
}

/** Whether a database may be observed and acted on. */
export function isReady(database: ManagedDatabase): database is ReadyDatabase {
  return database.quarantine === undefined;
}
