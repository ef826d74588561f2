import { createExtensionPoint } from '@backstage/backend-plugin-api';
import { JsonObject } from '@backstage/types';

/**
 * A database as a provider states it: in the same shape as a value of
 * `databaseOps.databases`, with the place it was read from.
 *
 * @public
 */
export interface DatabaseEntry {
  readonly id: string;
  readonly value: JsonObject;
  /** Named in a quarantine, for example `databaseOps.databases.orders`. */
  readonly path: string;
}

/**
 * A source of databases. The first one is configuration.
 *
 * @public
 */
export interface DatabaseProvider {
  readonly name: string;
  /** Read once when the plugin starts. */
  readDatabases(): Promise<readonly DatabaseEntry[]>;
}

/**
 * Where modules add sources of databases.
 *
 * @public
 */
export interface DatabaseOpsDatabasesExtensionPoint {
  /** @throws ConflictError when a provider of that name is registered already. */
  addProvider(provider: DatabaseProvider): void;
}

/**
 * Where modules add sources of databases.
 *
 * @public
 */
export const databaseOpsDatabasesExtensionPoint =
  createExtensionPoint<DatabaseOpsDatabasesExtensionPoint>({
    id: 'database-ops.databases',
  });
