// A week of a portal in simulated time: replicas die and come back, all of
// them are away for hours, operations take long or fail, people back up by
// hand, maintenance modes hold work back, and clocks differ.
import { Knex } from 'knex';
import { isReady } from '../../databases/types';
import { SchedulePlan } from '../SchedulePlan';
import { Random } from './random';
import { DyingPlace, ToyReplica } from './toyPortal';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The clocks of Berlin change on its last day. */
export const WEEK_START_MS = Date.parse('2026-03-23T00:00:00Z');
export const WEEK_END_MS = WEEK_START_MS + 7 * DAY_MS;
/** What waits at the end of the week is decided by then. */
const SETTLED_MS = WEEK_END_MS + 3 * DAY_MS;

/** A time in which no schedule may start anything. */
export interface Hold {
  readonly scope: string;
  readonly fromMs: number;
  untilMs: number;
}

interface Place {
  replica: ToyReplica | undefined;
  /** When a dead one is replaced. */
  backAtMs: number;
  readonly clockOffsetMs: number;
}

/** Plays the week; what it leaves is in the tables. */
export class WeekSimulation {
  readonly holds: Hold[] = [];
  deaths = 0;
  outages = 0;
  steps = 0;
  readonly #knex: Knex;
  readonly #random: Random;
  readonly #databases: number;
  readonly #places: readonly Place[];
  readonly #endsAtMs = new Map<string, number>();
  #nowMs = WEEK_START_MS;

  constructor(options: {
    readonly knex: Knex;
    readonly random: Random;
    readonly databases: number;
    readonly replicas: number;
  }) {
    this.#knex = options.knex;
    this.#random = options.random;
    this.#databases = options.databases;
    this.#places = Array.from({ length: options.replicas }, () => ({
      replica: undefined,
      backAtMs: WEEK_START_MS,
      clockOffsetMs: Math.round(this.#random.between(-1500, 1500)),
    }));
  }

  /** A replica that lives, for looking at what it left. */
  async run(): Promise<ToyReplica> {
    while (this.#nowMs < SETTLED_MS) {
      this.steps += 1;
      await this.#restart();
      if (this.#inWeek()) {
        await this.#disturb();
      }
      await Promise.all(this.#alive().map(replica => replica.tick()));
      this.#bury();
      await this.#endOperations();
      this.#nowMs = await this.#nextMs();
    }
    await this.#restart();
    return this.#alive()[0];
  }

  #inWeek(): boolean {
    return this.#nowMs < WEEK_END_MS;
  }

  #alive(): readonly ToyReplica[] {
    return this.#places.flatMap(({ replica }) => (replica ? [replica] : []));
  }

  async #restart(): Promise<void> {
    for (const place of this.#places) {
      if (!place.replica && place.backAtMs <= this.#nowMs) {
        place.replica = await ToyReplica.start({
          knex: this.#knex,
          clock: () => new Date(this.#nowMs + place.clockOffsetMs),
          databases: this.#databases,
        });
      }
    }
  }

  #bury(): void {
    for (const place of this.#places) {
      if (place.replica?.dead) {
        this.deaths += 1;
        place.replica = undefined;
        place.backAtMs = this.#nowMs + this.#random.between(0, 40) * MINUTE_MS;
      }
    }
  }

  async #disturb(): Promise<void> {
    const random = this.#random;
    const [replica] = this.#alive();
    if (!replica) {
      return;
    }
    if (random.happens(0.06)) {
      random
        .oneOf(this.#alive())
        .dieAt(random.oneOf<DyingPlace>(['before', 'within', 'after']));
    }
    if (random.happens(0.015)) {
      this.#goDark();
    }
    const databaseId = `toy-${Math.floor(random.between(0, this.#databases))}`;
    if (random.happens(0.03)) {
      await this.#hold(replica, random.happens(0.2) ? 'global' : databaseId);
    }
    if (random.happens(0.05)) {
      await this.#backUpByHand(replica, databaseId);
    }
  }

  /** Every replica is away for hours. */
  #goDark(): void {
    this.outages += 1;
    const backAtMs = this.#nowMs + this.#random.between(0.2, 9) * HOUR_MS;
    for (const place of this.#places) {
      place.replica = undefined;
      place.backAtMs = backAtMs;
    }
  }

  async #hold(replica: ToyReplica, scope: string): Promise<void> {
    const untilMs =
      this.#nowMs + Math.round(this.#random.between(0.2, 3) * HOUR_MS);
    // A new one of the same scope takes the place of the one before.
    this.holds
      .filter(hold => hold.scope === scope)
      .forEach(hold => {
        hold.untilMs = Math.min(hold.untilMs, this.#nowMs);
      });
    this.holds.push({ scope, fromMs: this.#nowMs, untilMs });
    await this.#knex.transaction(trx =>
      replica.maintenance.start(trx, {
        scope,
        reason: 'new disks',
        startedBy: 'user:default/owner',
        until: new Date(untilMs).toISOString(),
      }),
    );
  }

  async #backUpByHand(replica: ToyReplica, databaseId: string): Promise<void> {
    const active = await this.#knex('operations')
      .where({ database_id: databaseId, kind: 'backup', state: 'queued' })
      .first('id');
    if (active) {
      return;
    }
    try {
      await replica.stack.service.request(
        {
          databaseId,
          kind: 'backup',
          parameters: { type: this.#random.oneOf(['full', 'incr']) },
        },
        {
          requestedBy: 'user:default/owner',
          idempotencyKey: `by hand ${this.#nowMs}`,
        },
      );
    } catch (error) {
      // People ask a portal that dies, too.
      if (!replica.dead) {
        throw error;
      }
    }
  }

  /** Plays the workers: most operations take minutes, some hours, some fail. */
  async #endOperations(): Promise<void> {
    const queued = await this.#knex('operations')
      .where({ state: 'queued' })
      .select<{ id: string }[]>('id');
    for (const { id } of queued) {
      if (!this.#endsAtMs.has(id)) {
        const minutes = this.#random.happens(0.04)
          ? this.#random.between(60, 700)
          : this.#random.between(1, 25);
        this.#endsAtMs.set(id, this.#nowMs + minutes * MINUTE_MS);
      }
    }
    for (const [id, endsAtMs] of this.#endsAtMs) {
      if (endsAtMs <= this.#nowMs) {
        this.#endsAtMs.delete(id);
        await this.#knex('operations')
          .where({ id, state: 'queued' })
          .update({
            state: this.#random.happens(0.15) ? 'failed' : 'succeeded',
            ended_at: new Date(endsAtMs).toISOString(),
          });
      }
    }
  }

  /** To the next thing that happens, and a little more, as real timers would. */
  async #nextMs(): Promise<number> {
    const delayMs = Math.round(this.#random.between(0, 100_000));
    const moments = [
      ...this.#endsAtMs.values(),
      ...this.holds.map(hold => hold.untilMs),
      ...this.#places
        .filter(({ replica }) => !replica)
        .map(({ backAtMs }) => backAtMs),
      ...(await this.#starts()),
    ].filter(ms => ms > this.#nowMs);
    return Math.max(
      this.#nowMs + 1000,
      Math.min(...moments, this.#nowMs + 6 * HOUR_MS) + delayMs,
    );
  }

  async #starts(): Promise<readonly number[]> {
    const [replica] = this.#alive();
    const rows = (await replica?.schedules.due.list()) ?? [];
    return rows.flatMap(row => {
      const database = replica?.stack.databases.get(row.database_id);
      const policy =
        database && isReady(database) ? database.policy : undefined;
      const schedule = policy?.schedules.find(({ name }) => name === row.name);
      return policy && schedule && row.next_due_at
        ? [
            new SchedulePlan({
              ...policy,
              databaseId: row.database_id,
              schedule,
            })
              .plan(new Date(row.next_due_at))
              .startsAt.getTime(),
          ]
        : [];
    });
  }
}
