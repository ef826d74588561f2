import { Knex } from 'knex';

const TABLE = 'heartbeats';

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

  constructor(options: { readonly knex: Knex; readonly clock?: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock ?? (() => new Date());
  }

  async beat(component: string): Promise<void> {
    await this.#knex<HeartbeatRow>(TABLE)
      .insert({ component, beat_at_ms: this.#clock().getTime() })
      .onConflict('component')
      .merge();
  }

  async list(): Promise<ReadonlyMap<string, Date>> {
    const rows = await this.#knex<HeartbeatRow>(TABLE).select();
    return new Map(
      rows.map(row => [row.component, new Date(Number(row.beat_at_ms))]),
    );
  }
}
