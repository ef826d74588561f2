import { randomUUID } from 'node:crypto';
import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Operation, OperationKind } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import { OperationService } from '../operations/OperationService';
import { ActiveOperationError } from '../operations/ActiveOperationError';
import { OperationStore } from '../operations/OperationStore';
import { RequestValidator } from '../operations/requests/RequestValidator';
import {
  hasSeveralRepositories,
  repositoriesOf,
  storedAs,
} from '../repositories/repositoriesOf';

/**
 * Twice the time between readings: a schedule of inventories as frequent as
 * the readings is enough to keep this one silent.
 */
const OLD_AFTER_INTERVALS = 2;

/** A backup ends with an inventory. */
const LEAVE_INVENTORY: readonly OperationKind[] = ['inventory', 'backup'];

/**
 * Has a repository looked at when no worker did lately: with empty tables and
 * an empty repository nobody would know whether there are backups until the
 * first one is taken, and archived log would move on unseen.
 */
export class InventoryRequester {
  readonly #operations: OperationService;
  readonly #store: OperationStore;
  readonly #validator: RequestValidator;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;
  readonly #oldAfterSeconds: number;

  constructor(options: {
    readonly operations: OperationService;
    readonly store: OperationStore;
    readonly validator: RequestValidator;
    readonly logger: LoggerService;
    readonly clock: () => Date;
    /** Between two readings of the repositories. */
    readonly intervalSeconds: number;
  }) {
    this.#operations = options.operations;
    this.#store = options.store;
    this.#validator = options.validator;
    this.#logger = options.logger;
    this.#clock = options.clock;
    this.#oldAfterSeconds = OLD_AFTER_INTERVALS * options.intervalSeconds;
  }

  /**
   * Requests an inventory when that of the repository is old or absent, at
   * most once in the time after which it counts as old, however many replicas
   * ask and however the one before ended.
   * `reasonWithout` says why none is there to be judged.
   */
  async requestUnlessFresh(
    database: ReadyDatabase,
    repository: RepositoryDefinition,
    observedAt: string | undefined,
    reasonWithout = 'The repository holds no inventory yet.',
  ): Promise<void> {
    if (
      !this.#isOld(observedAt) ||
      !this.#canInventory(database) ||
      (await this.#isLookedAt(database, repository.id))
    ) {
      return;
    }
    const requestedBy = `schedule:${database.id}/reconciliation`;
    const stored = storedAs(database, repository.id);
    const turn = Math.floor(
      this.#clock().getTime() / 1000 / this.#oldAfterSeconds,
    );
    try {
      const valid = await this.#validator.validate({
        databaseId: database.id,
        kind: 'inventory',
        parameters: this.#parametersFor(database, repository),
        reason: observedAt
          ? `The newest inventory is of ${observedAt}.`
          : reasonWithout,
      });
      // Replicas that decide at the same time agree by the key.
      await this.#operations.requestValid(valid, {
        requestedBy,
        idempotencyKey: `${requestedBy}${stored && `/${stored}`}@${turn}`,
      });
    } catch (error) {
      if (error instanceof ActiveOperationError) {
        this.#logger.debug(
          `Database '${database.id}' gets its inventory from operation ${error.operationId}.`,
        );
        return;
      }
      assertError(error);
      this.#logger.error(
        `No inventory of database '${database.id}' could be requested, it is tried again: ${error.message}`,
      );
    }
  }

  /** Requests an inventory now; gives its id, or that of the one under way. */
  async requestNow(
    database: ReadyDatabase,
    repository: RepositoryDefinition,
    requestedBy: string,
  ): Promise<string | undefined> {
    if (!this.#canInventory(database)) {
      return undefined;
    }
    try {
      const valid = await this.#validator.validate({
        databaseId: database.id,
        kind: 'inventory',
        parameters: this.#parametersFor(database, repository),
        reason: 'Asked for with a reconciliation.',
      });
      const { id } = await this.#operations.requestValid(valid, {
        requestedBy,
        idempotencyKey: `reconciliation:${randomUUID()}`,
      });
      return id;
    } catch (error) {
      if (error instanceof ActiveOperationError) {
        return error.operationId;
      }
      throw error;
    }
  }

  #parametersFor(
    database: ReadyDatabase,
    { id: repositoryId }: RepositoryDefinition,
  ): JsonObject {
    return hasSeveralRepositories(database) ? { repositoryId } : {};
  }

  #isOld(at: string | undefined): boolean {
    return (
      at === undefined ||
      this.#clock().getTime() - Date.parse(at) > this.#oldAfterSeconds * 1000
    );
  }

  #canInventory(database: ReadyDatabase): boolean {
    return database.engine.engine.describe
      .capabilities(database.definition.config)
      .verbs.includes('inventory');
  }

  /** Whether an inventory is on its way, or one was asked for lately. */
  async #isLookedAt(
    database: ReadyDatabase,
    repositoryId: string,
  ): Promise<boolean> {
    const databaseId = database.id;
    const isHere = ({ parameters }: Operation) =>
      (parameters.repositoryId ?? database.repositoryId) === repositoryId;
    const active = await this.#store.listActive();
    if (
      active.some(
        operation =>
          operation.databaseId === databaseId &&
          LEAVE_INVENTORY.includes(operation.kind) &&
          operation.state !== 'awaiting-approval' &&
          isHere(operation),
      )
    ) {
      return true;
    }
    const { items } = await this.#store.list({
      databaseId,
      kind: 'inventory',
      // As many as may have been asked for at the same time.
      limit: repositoriesOf(database).length,
    });
    return items.some(
      operation => isHere(operation) && !this.#isOld(operation.requestedAt),
    );
  }
}
