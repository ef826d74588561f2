import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  OperationFailure,
  OperationKind,
  OperationState,
} from 'backstage-plugin-database-ops-common';
import { ObjectStore } from '../store/ObjectStore';
import { repositoryKeys } from './repositoryKeys';
import { Inventory } from './types';

/**
 * How an operation ended, as its worker wrote it to the repository. Carries no
 * secret.
 *
 * @public
 */
export interface OperationOutcome {
  readonly version: 1;
  readonly operationId: string;
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly requestedBy: string;
  /** What it was asked to do; absent in outcomes of older versions. */
  readonly parameters?: JsonObject;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly result?: JsonObject;
  readonly failure?: OperationFailure;
}

/**
 * Inventory and outcomes of a repository's databases.
 *
 * @public
 */
export class InventoryStore {
  readonly #store: ObjectStore;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** `undefined` when none was written yet. */
  async readInventory(databaseId: string): Promise<Inventory | undefined> {
    return this.#read<Inventory>(repositoryKeys.inventory(databaseId));
  }

  async writeInventory(inventory: Inventory): Promise<void> {
    await this.#write(
      repositoryKeys.inventory(inventory.databaseId),
      inventory,
    );
  }

  async readOutcome(
    databaseId: string,
    operationId: string,
  ): Promise<OperationOutcome | undefined> {
    return this.#read<OperationOutcome>(
      repositoryKeys.outcome(databaseId, operationId),
    );
  }

  async writeOutcome(outcome: OperationOutcome): Promise<void> {
    await this.#write(
      repositoryKeys.outcome(outcome.databaseId, outcome.operationId),
      outcome,
    );
  }

  /** Ids of the operations that left an outcome; far cheaper than reading them. */
  async *listOutcomeIds(databaseId: string): AsyncIterable<string> {
    const prefix = repositoryKeys.outcomes(databaseId);
    for await (const { key } of this.#store.list(prefix)) {
      const name = key.slice(prefix.length);
      if (name.endsWith('.json')) {
        yield name.slice(0, -'.json'.length);
      }
    }
  }

  async *listOutcomes(databaseId: string): AsyncIterable<OperationOutcome> {
    for await (const { key } of this.#store.list(
      repositoryKeys.outcomes(databaseId),
    )) {
      const outcome = await this.#read<OperationOutcome>(key);
      if (outcome) {
        yield outcome;
      }
    }
  }

  async #write(
    key: string,
    value: Inventory | OperationOutcome,
  ): Promise<void> {
    await this.#store.put(key, `${JSON.stringify(value, undefined, 2)}\n`, {
      contentType: 'application/json',
    });
  }

  async #read<T extends { readonly version: 1 }>(
    key: string,
  ): Promise<T | undefined> {
    const found = await this.#store.get(key);
    if (!found) {
      return undefined;
    }
    try {
      const parsed = JSON.parse(found.body.toString('utf8')) as T;
      if (parsed.version === 1) {
        return parsed;
      }
    } catch (thrown) {
      throw new InputError(
        `Object '${key}' of the repository is not readable JSON; run an inventory of the database to write it anew.`,
        thrown,
      );
    }
    throw new InputError(
      `Object '${key}' of the repository was written by a newer version; update this software.`,
    );
  }
}
