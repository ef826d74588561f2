import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import { DatabaseOpsSignal } from 'backstage-plugin-database-ops-common';
import {
  InventoryStore,
  ObjectStore,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog, isReady } from '../databases/types';
import { readInventory } from '../operations/ResultRecorder';

/** Opens a repository's objects. */
export type OpenStore = (
  repository: RepositoryDefinition,
) => Promise<ObjectStore>;

/**
 * Reads the inventories that workers left in repositories, so that what a
 * shell or another portal did appears here too.
 */
export class Reconciler {
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupStore;
  readonly #openStore: OpenStore;
  readonly #publish: (signal: DatabaseOpsSignal) => void;
  readonly #logger: LoggerService;
  readonly #knex: Knex;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly openStore: OpenStore;
    readonly publish: (signal: DatabaseOpsSignal) => void;
    readonly logger: LoggerService;
    readonly knex: Knex;
  }) {
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#openStore = options.openStore;
    this.#publish = options.publish;
    this.#logger = options.logger;
    this.#knex = options.knex;
  }

  async run(): Promise<void> {
    const byRepository = new Map<RepositoryDefinition, string[]>();
    for (const database of this.#databases.list()) {
      if (isReady(database) && database.repository) {
        const ids = byRepository.get(database.repository) ?? [];
        byRepository.set(database.repository, [...ids, database.id]);
      }
    }
    for (const [repository, databaseIds] of byRepository) {
      await this.#readRepository(repository, databaseIds);
    }
  }

  async #readRepository(
    repository: RepositoryDefinition,
    databaseIds: readonly string[],
  ): Promise<void> {
    let store: ObjectStore | undefined;
    try {
      store = await this.#openStore(repository);
      for (const databaseId of databaseIds) {
        await this.#readDatabase(new InventoryStore(store), databaseId);
      }
    } catch (error) {
      assertError(error);
      this.#logger.warn(
        `Repository '${repository.id}' was not read, what is known of its backups stands: ${error.message}`,
      );
    } finally {
      store?.close();
    }
  }

  async #readDatabase(
    inventories: InventoryStore,
    databaseId: string,
  ): Promise<void> {
    const found = await inventories.readInventory(databaseId);
    if (!found) {
      this.#logger.debug(
        `Repository holds no inventory of database '${databaseId}' yet.`,
      );
      return;
    }
    const inventory = readInventory(found, databaseId);
    const known = await this.#backups.getInventory(databaseId);
    if (known?.observedAt === inventory.observedAt) {
      return;
    }
    const applied = await this.#knex.transaction(trx =>
      this.#backups.applyInventory(trx, inventory),
    );
    if (applied) {
      this.#publish({ type: 'backups', databaseId });
    }
  }
}
