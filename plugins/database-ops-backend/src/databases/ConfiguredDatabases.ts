import { LoggerService } from '@backstage/backend-plugin-api';
import { ConflictError, NotFoundError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  DatabaseEntry,
  DatabaseProvider,
  EngineRegistry,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { PolicyBook } from '../policies/PolicyBook';
import { DatabaseParts, readDatabase } from './readDatabase';
import { Part, readRepositories } from './readParts';
import { Settings } from './readSettings';
import { DatabaseCatalog, ManagedDatabase } from './types';

/** Databases of `databaseOps.databases`. */
export function configurationProvider(databases: JsonObject): DatabaseProvider {
  return {
    name: 'configuration',
    readDatabases: async () =>
      Object.entries(databases).map(([id, value]) => ({
        id,
        value: (typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value)
          ? value
          : {}) as JsonObject,
        path: `databaseOps.databases.${id}`,
      })),
  };
}

/** Keeps what providers stated at start, with owners as the catalog last said them. */
export class ConfiguredDatabases implements DatabaseCatalog {
  readonly #parts: DatabaseParts;
  readonly #entries: ReadonlyMap<string, DatabaseEntry>;
  #databases: ReadonlyMap<string, ManagedDatabase>;

  static async create(options: {
    readonly settings: Settings;
    readonly engines: EngineRegistry;
    readonly providers: readonly DatabaseProvider[];
    readonly logger: LoggerService;
  }): Promise<ConfiguredDatabases> {
    const parts: DatabaseParts = {
      engines: options.engines,
      repositories: readRepositories(options.settings.repositories),
      policies: PolicyBook.read(options.settings.policies),
    };
    const entries: DatabaseEntry[] = [];
    for (const provider of options.providers) {
      entries.push(...(await provider.readDatabases()));
    }
    const databases = new Map<string, ManagedDatabase>();
    const known = new Map<string, DatabaseEntry>();
    for (const entry of entries.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (databases.has(entry.id)) {
        throw new ConflictError(
          `Two providers state database '${entry.id}' (the second at ${entry.path}); remove one of them.`,
        );
      }
      const database = readDatabase(entry, parts);
      databases.set(entry.id, database);
      known.set(entry.id, entry);
      if (database.quarantine) {
        options.logger.warn(
          `Database '${entry.id}' is quarantined: ${database.quarantine.path}: ${database.quarantine.message}`,
        );
      }
    }
    return new ConfiguredDatabases(parts, known, databases);
  }

  private constructor(
    parts: DatabaseParts,
    entries: ReadonlyMap<string, DatabaseEntry>,
    databases: ReadonlyMap<string, ManagedDatabase>,
  ) {
    this.#parts = parts;
    this.#entries = entries;
    this.#databases = databases;
  }

  list(): readonly ManagedDatabase[] {
    return [...this.#databases.values()];
  }

  get(databaseId: string): ManagedDatabase | undefined {
    return this.#databases.get(databaseId);
  }

  policies(): PolicyBook {
    return this.#parts.policies;
  }

  /** The database as it would be under other policies; nothing is kept. */
  readAgain(databaseId: string, policies: PolicyBook): ManagedDatabase {
    const entry = this.#entries.get(databaseId);
    if (!entry) {
      throw new NotFoundError(
        `There is no database '${databaseId}'; it is an id from databaseOps.databases.`,
      );
    }
    return readDatabase(entry, { ...this.#parts, policies });
  }

  repositories(): ReadonlyMap<string, Part<RepositoryDefinition>> {
    return this.#parts.repositories;
  }

  /** Replaces owners; a database that the map lacks has none from now on. */
  setOwners(ownerByDatabaseId: ReadonlyMap<string, string>): void {
    this.#databases = new Map(
      [...this.#databases].map(([id, database]) => [
        id,
        { ...database, owner: ownerByDatabaseId.get(id) },
      ]),
    );
  }
}
