import { isDeepStrictEqual } from 'node:util';
import { LoggerService } from '@backstage/backend-plugin-api';
import { Pin } from 'backstage-plugin-database-ops-common';
import {
  ObjectStore,
  readPins,
  writePins,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { PinEnds } from './PinEnds';
import { PinStore } from './PinStore';

/**
 * Keeps the pins of the table and those of the repository the same. What
 * either has, both have afterwards; an end that this portal recorded wins over none.
 */
export class PinKeeper {
  readonly #pins: PinStore;
  readonly #ends: PinEnds;
  readonly #knex: Knex;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly pins: PinStore;
    readonly ends: PinEnds;
    readonly knex: Knex;
    readonly logger: LoggerService;
  }) {
    this.#pins = options.pins;
    this.#ends = options.ends;
    this.#logger = options.logger;
    this.#knex = options.knex;
  }

  /** Reads back what a lost table lacks, writes what the repository lacks. */
  async reconcile(store: ObjectStore, databaseId: string): Promise<void> {
    const stored = await readPins(store, databaseId);
    await this.#knex.transaction(async trx => {
      const believed = await this.#withRecordedEnds(trx, databaseId, stored);
      for (const pin of believed) {
        await this.#pins.put(trx, { ...pin, databaseId });
      }
      const all = await this.#pins.list(databaseId, trx);
      if (!isSame(all, stored)) {
        await writePins(store, databaseId, all);
      }
    });
  }

  /** Whoever can write to the repository could end a legal hold there: an end counts when this portal's history has it. */
  async #withRecordedEnds(
    trx: Knex.Transaction,
    databaseId: string,
    stored: readonly Pin[],
  ): Promise<readonly Pin[]> {
    const known = await this.#pins.list(databaseId, trx);
    const ended = new Set(
      known.filter(pin => pin.endedAt !== undefined).map(({ id }) => id),
    );
    const isNews = ({ id, endedAt }: Pin) =>
      endedAt !== undefined && !ended.has(id);
    if (!stored.some(isNews)) {
      return stored;
    }
    const recorded = await this.#ends.recorded(databaseId, trx);
    return stored.map(pin => {
      const { endedAt: _at, endedBy, ...open } = pin;
      if (!isNews(pin) || recorded.has(pin.id)) {
        return pin;
      }
      this.#logger.warn(
        `The repository says that ${endedBy ?? 'somebody'} ended the ${pin.legalHold ? 'legal hold' : 'pin'} of backup '${pin.backupId}' of database '${databaseId}', of which the audit history knows nothing: it stands. End it in the portal if that is right; otherwise find out who writes to databases/${databaseId}/pins.json.`,
      );
      return open;
    });
  }
}

function isSame(a: readonly Pin[], b: readonly Pin[]): boolean {
  const byId = (pins: readonly Pin[]) =>
    Object.fromEntries(pins.map(pin => [pin.id, pin]));
  return isDeepStrictEqual(byId(a), byId(b));
}
