import { Knex } from 'knex';
import { ONCE_KEPT_DAYS } from './Announcements';

const TABLE = 'announced';

/** Remembers what people were told, for all replicas. */
export class OnceKeys {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  /** False when another took it before. */
  async take(key: string): Promise<boolean> {
    const taken = await this.#knex(TABLE)
      .insert({ once_key: key, announced_at_ms: this.#clock().getTime() })
      .onConflict('once_key')
      .ignore()
      .returning('once_key');
    return taken.length > 0;
  }

  /** Lets it be taken again. */
  async giveBack(key: string): Promise<void> {
    await this.#knex(TABLE).where({ once_key: key }).delete();
  }

  /** Forgets keys past their time; gives how many. */
  async prune(): Promise<number> {
    return this.#knex(TABLE)
      .where(
        'announced_at_ms',
        '<',
        this.#clock().getTime() - ONCE_KEPT_DAYS * 24 * 3600 * 1000,
      )
      .delete();
  }
}
