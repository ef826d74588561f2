import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError, InputError } from '@backstage/errors';
import { DatabaseOpsSignal } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  InventoryStore,
  ObjectStore,
  OperationFailedError,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog, ReadyDatabase, isReady } from '../databases/types';
import { DirectImporter } from '../direct/DirectImporter';
import {
  FIRST_REPOSITORY,
  repositoriesOf,
  storedAs,
} from '../repositories/repositoriesOf';
import { readInventory } from '../operations/ResultRecorder';
import { PinKeeper } from '../retention/pins/PinKeeper';
import { InventoryRequester } from './InventoryRequester';
import { OutcomeImporter } from './OutcomeImporter';
import { VanishedBackups } from './VanishedBackups';

/** Opens a repository's objects. */
export type OpenStore = (
  repository: RepositoryDefinition,
) => Promise<ObjectStore>;

/** What a comparison with the repository found. */
export interface Found {
  /** Of the inventory that was read; absent when there is none. */
  readonly inventoryObservedAt?: string;
  /** Ids of backups that the tables did not have. */
  readonly appeared: readonly string[];
  /** Ids of backups that are not there any more. */
  readonly missing: readonly string[];
  /** How many operations the tables did not have. */
  readonly imported: number;
}

/**
 * Reads the inventories that workers left in repositories, so that what a
 * shell or another portal did appears here too; has one made where there is
 * none or only an old one.
 */
export class Reconciler {
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupStore;
  readonly #inventories: InventoryRequester;
  readonly #pins: PinKeeper;
  readonly #outcomes: OutcomeImporter;
  readonly #directs: DirectImporter;
  readonly #vanished: VanishedBackups;
  readonly #openStore: OpenStore;
  readonly #publish: (signal: DatabaseOpsSignal) => void;
  readonly #logger: LoggerService;
  readonly #knex: Knex;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly inventories: InventoryRequester;
    readonly pins: PinKeeper;
    readonly outcomes: OutcomeImporter;
    readonly directs: DirectImporter;
    readonly vanished: VanishedBackups;
    readonly openStore: OpenStore;
    readonly publish: (signal: DatabaseOpsSignal) => void;
    readonly logger: LoggerService;
    readonly knex: Knex;
  }) {
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#inventories = options.inventories;
    this.#pins = options.pins;
    this.#outcomes = options.outcomes;
    this.#directs = options.directs;
    this.#vanished = options.vanished;
    this.#openStore = options.openStore;
    this.#publish = options.publish;
    this.#logger = options.logger;
    this.#knex = options.knex;
  }

  async run(): Promise<void> {
    const byRepository = new Map<RepositoryDefinition, ReadyDatabase[]>();
    for (const database of this.#databases.list()) {
      if (!isReady(database)) {
        continue;
      }
      for (const repository of repositoriesOf(database)) {
        const others = byRepository.get(repository) ?? [];
        byRepository.set(repository, [...others, database]);
      }
    }
    for (const [repository, databases] of byRepository) {
      await this.#readRepository(repository, databases);
    }
  }

  /**
   * Compares the tables with the repository of one database now.
   *
   * @throws OperationFailedError when the repository does not answer,
   * InputError when its inventory cannot be read.
   */
  async reconcile(
    database: ReadyDatabase,
    repository: RepositoryDefinition,
  ): Promise<Found> {
    const stored = storedAs(database, repository.id);
    const store = await this.#openStore(repository);
    try {
      const inventories = new InventoryStore(store);
      const inventory = await inventories.readInventory(database.id);
      const before = await this.#presentIds(database.id, stored);
      if (inventory) {
        await this.#apply(readInventory(inventory, database.id), stored);
      }
      const [directs] = await Promise.allSettled([
        this.#directs.import(store, database.id),
      ]);
      const imported = await this.#outcomes.import(
        inventories,
        database.id,
        stored,
      );
      await this.#pins.reconcile(store, database.id);
      const after = await this.#presentIds(database.id, stored);
      await this.#vanished.announce(database);
      throwRejected(directs);
      return {
        inventoryObservedAt: inventory?.observedAt,
        appeared: after.filter(id => !before.includes(id)),
        missing: before.filter(id => !after.includes(id)),
        imported: imported.length,
      };
    } finally {
      store.close();
    }
  }

  async #presentIds(
    databaseId: string,
    stored: string,
  ): Promise<readonly string[]> {
    const present = await this.#backups.listPresent(databaseId);
    return present
      .filter(({ repositoryId = FIRST_REPOSITORY }) => repositoryId === stored)
      .map(({ id }) => id);
  }

  async #readRepository(
    repository: RepositoryDefinition,
    databases: readonly ReadyDatabase[],
  ): Promise<void> {
    let store: ObjectStore | undefined;
    try {
      store = await this.#openStore(repository);
      const inventories = new InventoryStore(store);
      for (const database of databases) {
        await this.#readDatabase(inventories, database, repository);
        await this.#readPins(store, database);
        await this.#readOutcomes(store, database, repository);
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

  /** @throws OperationFailedError when the repository itself does not answer. */
  async #readDatabase(
    inventories: InventoryStore,
    database: ReadyDatabase,
    repository: RepositoryDefinition,
  ): Promise<void> {
    try {
      const found = await inventories.readInventory(database.id);
      if (found) {
        await this.#apply(
          readInventory(found, database.id),
          storedAs(database, repository.id),
        );
      }
      await this.#inventories.requestUnlessFresh(
        database,
        repository,
        found?.observedAt,
      );
    } catch (error) {
      if (error instanceof OperationFailedError) {
        throw error;
      }
      assertError(error);
      this.#logger.warn(
        `The inventory of database '${database.id}' was not read, what is known of its backups stands: ${error.message}`,
      );
      if (error instanceof InputError) {
        // Nobody else would replace an object that cannot be read.
        await this.#inventories.requestUnlessFresh(
          database,
          repository,
          undefined,
          'The inventory in the repository cannot be read.',
        );
      }
    }
  }

  /** @throws OperationFailedError when the repository itself does not answer. */
  async #readPins(store: ObjectStore, { id }: ReadyDatabase): Promise<void> {
    try {
      await this.#pins.reconcile(store, id);
    } catch (error) {
      if (error instanceof OperationFailedError) {
        throw error;
      }
      assertError(error);
      this.#logger.warn(
        `The pins of database '${id}' were not read, what is known of them stands: ${error.message}`,
      );
    }
  }

  /** @throws OperationFailedError when the repository itself does not answer. */
  async #readOutcomes(
    store: ObjectStore,
    database: ReadyDatabase,
    repository: RepositoryDefinition,
  ): Promise<void> {
    try {
      const [directs] = await Promise.allSettled([
        this.#directs.import(store, database.id),
      ]);
      const imported = await this.#outcomes.import(
        new InventoryStore(store),
        database.id,
        storedAs(database, repository.id),
      );
      for (const { operationId } of imported) {
        this.#publish({
          type: 'operation',
          databaseId: database.id,
          operationId,
          version: 1,
        });
      }
      await this.#vanished.announce(database);
      throwRejected(directs);
    } catch (error) {
      if (error instanceof OperationFailedError) {
        throw error;
      }
      assertError(error);
      this.#logger.warn(
        `What operations of database '${database.id}' left in the repository was not read: ${error.message}`,
      );
    }
  }

  async #apply(inventory: Inventory, stored: string): Promise<void> {
    const { databaseId } = inventory;
    const known = await this.#backups.getInventory(databaseId, stored);
    if (known?.observedAt === inventory.observedAt) {
      return;
    }
    const applied = await this.#knex.transaction(trx =>
      this.#backups.applyInventory(trx, inventory, stored),
    );
    if (applied) {
      this.#publish({ type: 'backups', databaseId });
    }
  }
}

/** After the steps that do not depend on it, so that it is told and hides none. */
function throwRejected(settled: PromiseSettledResult<unknown>): void {
  if (settled.status === 'rejected') {
    throw settled.reason;
  }
}
