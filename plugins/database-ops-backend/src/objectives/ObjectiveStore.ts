import { FreshnessState } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { readJson } from '../database/json';
import {
  ObjectiveFacts,
  ObjectiveInterval,
  ObjectiveName,
  ObservedFacts,
} from './types';

interface StateRow {
  readonly database_id: string;
  /** PostgreSQL gives big integers as text. */
  readonly observed_at_ms: number | string;
  readonly data: string;
}

interface IntervalRow {
  readonly database_id: string;
  readonly objective: ObjectiveName;
  readonly from_ms: number | string;
  readonly to_ms: number | string;
  readonly state: FreshnessState;
}

function toInterval(row: IntervalRow): ObjectiveInterval {
  return {
    fromMs: Number(row.from_ms),
    toMs: Number(row.to_ms),
    state: row.state,
  };
}

/** Facts of objectives, and how long each was kept. */
export class ObjectiveStore {
  readonly #knex: Knex;

  constructor(options: { readonly knex: Knex }) {
    this.#knex = options.knex;
  }

  async saveFacts(
    databaseId: string,
    facts: ObjectiveFacts,
    observedAt: Date,
  ): Promise<void> {
    await this.#knex<StateRow>('objective_states')
      .insert({
        database_id: databaseId,
        observed_at_ms: observedAt.getTime(),
        data: JSON.stringify(facts),
      })
      .onConflict('database_id')
      .merge();
  }

  /** By database id. */
  async listFacts(): Promise<ReadonlyMap<string, ObservedFacts>> {
    const rows: StateRow[] = await this.#knex<StateRow>('objective_states');
    return new Map(
      rows.map(row => [
        row.database_id,
        {
          facts: readJson<ObjectiveFacts>(row.data),
          observedAt: new Date(Number(row.observed_at_ms)),
        },
      ]),
    );
  }

  async getFacts(databaseId: string): Promise<ObservedFacts | undefined> {
    const row = await this.#knex<StateRow>('objective_states')
      .where({ database_id: databaseId })
      .first();
    return (
      row && {
        facts: readJson<ObjectiveFacts>(row.data),
        observedAt: new Date(Number(row.observed_at_ms)),
      }
    );
  }

  /**
   * Notes the state an objective is in now: lengthens the interval of the last
   * observation, or begins one. What lies between two observations further
   * apart than `maximumGapSeconds` belongs to neither.
   */
  async observe(options: {
    readonly databaseId: string;
    readonly objective: ObjectiveName;
    readonly state: FreshnessState;
    readonly now: Date;
    readonly maximumGapSeconds: number;
  }): Promise<void> {
    const { databaseId, objective, state } = options;
    const nowMs = options.now.getTime();
    await this.#knex.transaction(async trx => {
      const ofObjective = () =>
        trx<IntervalRow>('objective_intervals').where({
          database_id: databaseId,
          objective,
        });
      const last: IntervalRow | undefined = await ofObjective()
        .orderBy('from_ms', 'desc')
        .forUpdate()
        .first();
      const lastToMs = last ? Number(last.to_ms) : -Infinity;
      if (lastToMs >= nowMs) {
        // Another replica has been here.
        return;
      }
      const isNear = nowMs - lastToMs <= options.maximumGapSeconds * 1000;
      if (last && isNear) {
        // Until this observation it was as last seen.
        await ofObjective()
          .where({ from_ms: last.from_ms })
          .update({ to_ms: nowMs });
      }
      if (!last || !isNear || last.state !== state) {
        await trx<IntervalRow>('objective_intervals')
          .insert({
            database_id: databaseId,
            objective,
            from_ms: nowMs,
            to_ms: nowMs,
            state,
          })
          // Two replicas that begin at the same time say the same.
          .onConflict(['database_id', 'objective', 'from_ms'])
          .ignore();
      }
    });
  }

  /** Those that reach beyond a time, oldest first. */
  async intervals(
    databaseId: string,
    objective: ObjectiveName,
    since: Date,
  ): Promise<readonly ObjectiveInterval[]> {
    const rows: IntervalRow[] = await this.#knex<IntervalRow>(
      'objective_intervals',
    )
      .where({ database_id: databaseId, objective })
      .where('to_ms', '>', since.getTime())
      .orderBy('from_ms');
    return rows.map(toInterval);
  }

  async removeBefore(time: Date): Promise<void> {
    await this.#knex<IntervalRow>('objective_intervals')
      .where('to_ms', '<', time.getTime())
      .delete();
  }
}
