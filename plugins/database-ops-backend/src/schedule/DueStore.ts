import { Knex } from 'knex';

/** What a due run can wait for. */
export type WaitingFor = 'operation' | 'maintenance' | 'blackout' | 'error';

/** A row of `schedule_due`. */
export interface DueRow {
  readonly database_id: string;
  readonly name: string;
  readonly cron_key: string;
  /** The first due time that nothing was decided about. */
  readonly next_due_at: string | null;
  readonly last_due_at: string | null;
  readonly last_operation_id: string | null;
  readonly waiting_for: WaitingFor | null;
  readonly waiting_operation_id: string | null;
  readonly waiting_reason: string | null;
}

/** Why a due run is not decided yet. */
export interface Waiting {
  readonly for: WaitingFor;
  readonly reason: string;
  readonly operationId?: string;
}

/** A row that another session holds is another schedule's time lost: later is soon enough. */
const LOCK_TIMEOUT = "set local lock_timeout = '5s'";

const NOT_WAITING = {
  waiting_for: null,
  waiting_operation_id: null,
  waiting_reason: null,
} as const;

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
    await this.transaction(trx =>
      trx<DueRow>('schedule_due')
        .insert(row)
        .onConflict(['database_id', 'name'])
        .ignore(),
    );
  }

  /** Removes a schedule that configuration no longer has. */
  async remove(row: DueRow): Promise<void> {
    await this.transaction(trx =>
      unchanged(trx<DueRow>('schedule_due'), row).delete(),
    );
  }

  /**
   * Sets the next due time without a run: a changed cron, a suspension or its
   * end. Gives false when another replica was faster.
   */
  async reset(
    trx: Knex.Transaction,
    before: DueRow,
    after: Pick<DueRow, 'cron_key' | 'next_due_at'>,
  ): Promise<boolean> {
    const changed = await unchanged(trx<DueRow>('schedule_due'), before).update(
      { ...after, ...NOT_WAITING },
    );
    return changed === 1;
  }

  /** Takes the runs up to a due time. Gives false when another replica was faster. */
  async take(
    trx: Knex.Transaction,
    before: DueRow,
    after: {
      readonly lastDueAt: string;
      readonly nextDueAt: string | null;
      readonly operationId?: string;
    },
  ): Promise<boolean> {
    const taken = await unchanged(trx<DueRow>('schedule_due'), before).update({
      next_due_at: after.nextDueAt,
      last_due_at: after.lastDueAt,
      ...(after.operationId && { last_operation_id: after.operationId }),
      ...NOT_WAITING,
    });
    return taken === 1;
  }

  /** Says why a due run is not decided yet. */
  async wait(before: DueRow, waiting: Waiting): Promise<void> {
    const after = {
      waiting_for: waiting.for,
      waiting_operation_id: waiting.operationId ?? null,
      waiting_reason: waiting.reason,
    };
    const same =
      before.waiting_for === after.waiting_for &&
      before.waiting_operation_id === after.waiting_operation_id &&
      before.waiting_reason === after.waiting_reason;
    if (!same) {
      await this.transaction(trx =>
        unchanged(trx<DueRow>('schedule_due'), before).update(after),
      );
    }
  }

  /** One that gives up rather than wait for another session's locks. */
  async transaction<T>(
    change: (trx: Knex.Transaction) => PromiseLike<T>,
  ): Promise<T> {
    return this.#knex.transaction(async trx => {
      await this.impatient(trx);
      return change(trx);
    });
  }

  /** Lets a transaction give up rather than wait for another session's locks. */
  async impatient(trx: Knex.Transaction): Promise<void> {
    if (this.#knex.client.config.client === 'pg') {
      await trx.raw(LOCK_TIMEOUT);
    }
  }
}

function unchanged(
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
