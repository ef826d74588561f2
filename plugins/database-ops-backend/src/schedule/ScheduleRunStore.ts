import { ScheduleRun } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { Page, PageRequest, newestFirst } from '../database/page';

interface ScheduleRunRow {
  readonly database_id: string;
  readonly name: string;
  readonly due_at: string;
  readonly until_at: string | null;
  readonly starts_at: string;
  readonly decided_at: string;
  readonly outcome: ScheduleRun['outcome'];
  readonly reason: string | null;
  readonly operation_id: string | null;
}

function toRun(row: ScheduleRunRow): ScheduleRun {
  return {
    databaseId: row.database_id,
    name: row.name,
    dueAt: row.due_at,
    untilAt: row.until_at ?? undefined,
    startsAt: row.starts_at,
    decidedAt: row.decided_at,
    outcome: row.outcome,
    reason: row.reason ?? undefined,
    operationId: row.operation_id ?? undefined,
  };
}

/** SQLite takes 999 values a statement, and a row has nine. */
const ROWS_AT_ONCE = 100;

/** What was decided about each due run; one row each. */
export class ScheduleRunStore {
  readonly #knex: Knex;

  constructor(options: { readonly knex: Knex }) {
    this.#knex = options.knex;
  }

  /** Adds records; a due run that has one keeps it. */
  async add(
    trx: Knex.Transaction,
    runs: readonly ScheduleRun[],
  ): Promise<void> {
    const rows = runs.map((run): ScheduleRunRow => ({
      database_id: run.databaseId,
      name: run.name,
      due_at: run.dueAt,
      until_at: run.untilAt ?? null,
      starts_at: run.startsAt,
      decided_at: run.decidedAt,
      outcome: run.outcome,
      reason: run.reason ?? null,
      operation_id: run.operationId ?? null,
    }));
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      await trx<ScheduleRunRow>('schedule_runs')
        .insert(rows.slice(from, from + ROWS_AT_ONCE))
        .onConflict(['database_id', 'name', 'due_at'])
        .ignore();
    }
  }

  /** Records of a schedule from a due time on, in order. */
  async since(
    databaseId: string,
    name: string,
    dueAt: string,
    knex: Knex = this.#knex,
  ): Promise<readonly ScheduleRun[]> {
    const rows: ScheduleRunRow[] = await knex<ScheduleRunRow>('schedule_runs')
      .where({ database_id: databaseId, name })
      .where('due_at', '>=', dueAt)
      .orderBy('due_at');
    return rows.map(toRun);
  }

  /** Records of a database, the newest due time first. */
  async list(
    filter: PageRequest & {
      readonly databaseId: string;
      readonly name?: string;
    },
  ): Promise<Page<ScheduleRun>> {
    const query = this.#knex<ScheduleRunRow>('schedule_runs').where({
      database_id: filter.databaseId,
      ...(filter.name !== undefined && { name: filter.name }),
    });
    const { items, ...rest } = await newestFirst<
      ScheduleRunRow,
      'due_at',
      'name'
    >(query, 'due_at', filter, ['name']);
    return { ...rest, items: items.map(toRun) };
  }

  /** The newest record of each schedule. */
  async listNewest(): Promise<readonly ScheduleRun[]> {
    const newest = this.#knex('schedule_runs')
      .select('database_id', 'name')
      .max('due_at as due_at')
      .groupBy('database_id', 'name')
      .as('newest');
    const rows: ScheduleRunRow[] = await this.#knex('schedule_runs as run')
      .join(newest, on =>
        on
          .on('newest.database_id', 'run.database_id')
          .andOn('newest.name', 'run.name')
          .andOn('newest.due_at', 'run.due_at'),
      )
      .select<ScheduleRunRow[]>('run.*');
    return rows.map(toRun);
  }

  /** Takes back what was skipped for a time that has not come yet. */
  async forgetSkipped(
    trx: Knex.Transaction,
    schedule: { readonly databaseId: string; readonly name: string },
    dueAfter: string,
  ): Promise<void> {
    const skipped = () =>
      trx<ScheduleRunRow>('schedule_runs').where({
        database_id: schedule.databaseId,
        name: schedule.name,
        outcome: 'skipped',
      });
    await skipped().where('due_at', '>', dueAfter).delete();
    await skipped()
      .where('until_at', '>', dueAfter)
      .update({ until_at: dueAfter });
  }

  /** Removes records of decisions before a time. */
  async prune(decidedBefore: string): Promise<number> {
    return this.#knex<ScheduleRunRow>('schedule_runs')
      .where('decided_at', '<', decidedBefore)
      .delete();
  }
}
