import { Knex } from 'knex';

/** A row of `schedule_due`. */
export interface DueRow {
  readonly database_id: string;
  readonly name: string;
  readonly cron_key: string;
  readonly next_due_at: string | null;
  readonly last_due_at: string | null;
  readonly last_operation_id: string | null;
}

/** When schedules are due. Every change is a compare-and-set: of many replicas one wins. */
export class DueStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async list(): Promise<readonly DueRow[]> {
    return this.#knex<DueRow>('schedule_due').select('*');
  }

  async get(databaseId: string, name: string): Promise<DueRow | undefined> {
    return this.#knex<DueRow>('schedule_due')
      .where({ database_id: databaseId, name })
      .first();
  }

  /** Adds a schedule seen for the first time. */
  async add(
    row: Pick<DueRow, 'database_id' | 'name' | 'cron_key' | 'next_due_at'>,
  ): Promise<void> {
    await this.#knex<DueRow>('schedule_due')
      .insert(row)
      .onConflict(['database_id', 'name'])
      .ignore();
  }

  /** Sets the next due time without a run: a changed cron, a suspension or its end. */
  async reset(
    before: DueRow,
    after: Pick<DueRow, 'cron_key' | 'next_due_at'>,
  ): Promise<void> {
    await this.#unchanged(this.#knex<DueRow>('schedule_due'), before).update(
      after,
    );
  }

  /** Takes a due run. Gives false when another replica was faster. */
  async take(
    trx: Knex.Transaction,
    before: DueRow,
    nextDueAt: string | null,
  ): Promise<boolean> {
    const taken = await this.#unchanged(
      trx<DueRow>('schedule_due'),
      before,
    ).update({
      next_due_at: nextDueAt,
      last_due_at: before.next_due_at,
    });
    return taken === 1;
  }

  async recordOperation(
    trx: Knex.Transaction,
    row: DueRow,
    operationId: string,
  ): Promise<void> {
    await trx<DueRow>('schedule_due')
      .where({ database_id: row.database_id, name: row.name })
      .update({ last_operation_id: operationId });
  }

  #unchanged(
    query: Knex.QueryBuilder<DueRow>,
    before: DueRow,
  ): Knex.QueryBuilder<DueRow, number> {
    return query.where({
      database_id: before.database_id,
      name: before.name,
      cron_key: before.cron_key,
      next_due_at: before.next_due_at,
    });
  }
}
