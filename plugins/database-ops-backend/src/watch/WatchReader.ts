import { DatabaseCatalog } from '../databases/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { DueRow, DueStore } from '../schedule/DueStore';
import { ComponentRule, SilentComponent, silentComponents } from './components';
import { OverdueSchedule, overdueSchedules } from './overdueSchedules';

/** Everything that did not act in time, and what else was read for it. */
export interface WatchFacts {
  readonly silent: readonly SilentComponent[];
  readonly overdue: readonly OverdueSchedule[];
  readonly heartbeats: ReadonlyMap<string, Date>;
  readonly due: readonly DueRow[];
}

/** Health checks of many databases, and scrapers, share one reading. */
const CACHE_SECONDS = 4;

/**
 * Judges from heartbeats and due times alone. Nothing here needs any of the
 * loops that are judged to be alive.
 */
export class WatchReader {
  readonly rules: readonly ComponentRule[];
  readonly #databases: DatabaseCatalog;
  readonly #due: DueStore;
  readonly #heartbeats: Heartbeats;
  readonly #graceSeconds: number;
  readonly #clock: () => Date;
  readonly #startedAt: Date;
  #last:
    | { readonly facts: Promise<WatchFacts>; readonly readAtMs: number }
    | undefined;

  constructor(options: {
    readonly rules: readonly ComponentRule[];
    readonly databases: DatabaseCatalog;
    readonly due: DueStore;
    readonly heartbeats: Heartbeats;
    readonly graceSeconds: number;
    readonly clock: () => Date;
  }) {
    this.rules = options.rules;
    this.#databases = options.databases;
    this.#due = options.due;
    this.#heartbeats = options.heartbeats;
    this.#graceSeconds = options.graceSeconds;
    this.#clock = options.clock;
    this.#startedAt = options.clock();
  }

  read(): Promise<WatchFacts> {
    const nowMs = this.#clock().getTime();
    const age = this.#last ? nowMs - this.#last.readAtMs : Infinity;
    if (!this.#last || age < 0 || age >= CACHE_SECONDS * 1000) {
      this.#last = { facts: this.#readNow(), readAtMs: nowMs };
    }
    return this.#last.facts;
  }

  async #readNow(): Promise<WatchFacts> {
    const [heartbeats, due] = await Promise.all([
      this.#heartbeats.list(),
      this.#due.list(),
    ]);
    const at = { now: this.#clock(), startedAt: this.#startedAt };
    return {
      silent: silentComponents(this.rules, heartbeats, at),
      overdue: overdueSchedules(this.#databases, due, {
        ...at,
        graceSeconds: this.#graceSeconds,
      }),
      heartbeats,
      due,
    };
  }
}
