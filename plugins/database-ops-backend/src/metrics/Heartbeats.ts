import { Knex } from 'knex';

const TABLE = 'heartbeats';

/** Alerts look at minutes: a write at every turn of a loop would be waste. */
const BEAT_EVERY_SECONDS = 10;

interface HeartbeatRow {
  readonly component: string;
  readonly beat_at_ms: number | string;
}

/**
 * When background loops last ran, on whatever replica: what a dead man's
 * switch looks at.
 */
export class Heartbeats {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #lastBeatMs = new Map<string, number>();

  constructor(options: { readonly knex: Knex; readonly clock?: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock ?? (() => new Date());
  }

  /** Cheap enough for every turn of a loop: written at most every ten seconds. */
  async beat(component: string): Promise<void> {
    const nowMs = this.#clock().getTime();
    const lastMs = this.#lastBeatMs.get(component);
    // A clock that went back must not silence the beat until it has caught up.
    const ageMs = lastMs === undefined ? Infinity : Math.abs(nowMs - lastMs);
    if (ageMs < BEAT_EVERY_SECONDS * 1000) {
      return;
    }
    await this.#knex<HeartbeatRow>(TABLE)
      .insert({ component, beat_at_ms: nowMs })
      .onConflict('component')
      .merge();
    this.#lastBeatMs.set(component, nowMs);
  }

  async list(): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.#knex<HeartbeatRow>(TABLE).select();
    return new Map(
      rows.map(row => [row.component, new Date(Number(row.beat_at_ms))]),
    );
  }
}
