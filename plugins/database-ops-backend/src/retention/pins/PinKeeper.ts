import { isDeepStrictEqual } from 'node:util';
import { Pin } from 'backstage-plugin-database-ops-common';
import {
  ObjectStore,
  readPins,
  writePins,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { PinStore } from './PinStore';

/**
 * Keeps the pins of the table and those of the repository the same. What
 * either has, both have afterwards; an end wins over none.
 */
export class PinKeeper {
  readonly #pins: PinStore;
  readonly #knex: Knex;

  constructor(options: { readonly pins: PinStore; readonly knex: Knex }) {
    this.#pins = options.pins;
    this.#knex = options.knex;
  }

  /** Reads back what a lost table lacks, writes what the repository lacks. */
  async reconcile(store: ObjectStore, databaseId: string): Promise<void> {
    const stored = await readPins(store, databaseId);
    await this.#knex.transaction(async trx => {
      for (const pin of stored) {
        await this.#pins.put(trx, { ...pin, databaseId });
      }
      const all = await this.#pins.list(databaseId, trx);
      if (!isSame(all, stored)) {
        await writePins(store, databaseId, all);
      }
    });
  }
}

function isSame(a: readonly Pin[], b: readonly Pin[]): boolean {
  const byId = (pins: readonly Pin[]) =>
    Object.fromEntries(pins.map(pin => [pin.id, pin]));
  return isDeepStrictEqual(byId(a), byId(b));
}
