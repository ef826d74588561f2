import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { DatabaseCatalog, isReady } from '../databases/types';
import { Heartbeats } from '../metrics/Heartbeats';
import { DueDecider } from './DueDecider';
import { DueRow, DueStore } from './DueStore';
import { SchedulePlan } from './SchedulePlan';
import { ScheduleRunStore } from './ScheduleRunStore';
import { cronKey } from './scheduleTimes';

/** Clocks of replicas differ; what is further ahead was decided by a clock that was wrong. */
const CLOCK_TOLERANCE_SECONDS = 300;
/** A rolling deployment is over by then: a schedule that is still missing was removed. */
const REMOVED_AFTER_SECONDS = 24 * 3600;
const RECORDS_KEPT_DAYS = 400;
const PRUNE_EVERY_SECONDS = 3600;

/**
 * Turns schedules into operations. Run often, on every replica: each due time
 * is decided once, whatever replicas, clocks and crashes do, and leaves a
 * record of what was decided.
 */
export class ScheduleRunner {
  readonly #databases: DatabaseCatalog;
  readonly #due: DueStore;
  readonly #runs: ScheduleRunStore;
  readonly #decider: DueDecider;
  readonly #heartbeats: Heartbeats;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;
  #prunedAtMs = 0;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly due: DueStore;
    readonly runs: ScheduleRunStore;
    readonly decider: DueDecider;
    readonly heartbeats: Heartbeats;
    readonly logger: LoggerService;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#due = options.due;
    this.#runs = options.runs;
    this.#decider = options.decider;
    this.#heartbeats = options.heartbeats;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  async tick(): Promise<void> {
    const rows = new Map(
      (await this.#due.list()).map(row => [keyOf(row), row]),
    );
    const now = this.#clock();
    const upcoming = new Map<string, string | null>();
    for (const plan of this.#plans()) {
      const row = rows.get(keyOf(rowKeyOf(plan)));
      rows.delete(keyOf(rowKeyOf(plan)));
      try {
        await this.#tickOne(plan, row, {
          now,
          upcoming: nextDueOnce(plan, now, upcoming),
        });
      } catch (thrown) {
        await this.#failed(plan, row, toError(thrown));
      }
      // Thousands of databases take longer than a scheduler may be silent.
      await this.#heartbeats.beat('schedules');
    }
    await this.#heartbeats.beat('schedules');
    await this.#removeGone([...rows.values()]);
    await this.#prune();
  }

  #plans(): readonly SchedulePlan[] {
    return this.#databases.list().flatMap(database => {
      const policy = isReady(database) ? database.policy : undefined;
      return (policy?.schedules ?? []).map(
        schedule =>
          new SchedulePlan({
            databaseId: database.id,
            schedule,
            blackouts: policy?.blackouts ?? [],
          }),
      );
    });
  }

  async #tickOne(
    plan: SchedulePlan,
    row: DueRow | undefined,
    at: { readonly now: Date; readonly upcoming: string | null },
  ): Promise<void> {
    const { schedule } = plan;
    const { now } = at;
    const fresh = {
      cron_key: cronKey(schedule),
      next_due_at: schedule.suspended ? null : at.upcoming,
    };
    if (!row) {
      await this.#due.add({ ...rowKeyOf(plan), ...fresh });
      return;
    }
    const resumed = row.next_due_at === null && fresh.next_due_at !== null;
    const suspended = row.next_due_at !== null && schedule.suspended;
    if (row.cron_key !== fresh.cron_key || resumed || suspended) {
      await this.#decider.abandon(plan, row, fresh);
      return;
    }
    if (row.next_due_at === null) {
      return;
    }
    if (fresh.next_due_at !== null && row.next_due_at > fresh.next_due_at) {
      await this.#afterClockWentBack(plan, row, now);
      return;
    }
    if (row.next_due_at <= now.toISOString()) {
      await this.#decider.decide(plan, row, now);
    }
  }

  /**
   * The next due time was set by a clock that was ahead. What ran then ran;
   * what it only skipped is due again.
   */
  async #afterClockWentBack(
    plan: SchedulePlan,
    row: DueRow,
    now: Date,
  ): Promise<void> {
    const { databaseId, schedule } = plan;
    const next = await this.#due.transaction(async trx => {
      await this.#runs.forgetSkipped(
        trx,
        { databaseId, name: schedule.name },
        new Date(now.getTime() + CLOCK_TOLERANCE_SECONDS * 1000).toISOString(),
      );
      const decided = new Set(
        (
          await this.#runs.since(
            databaseId,
            schedule.name,
            now.toISOString(),
            trx,
          )
        ).map(run => run.dueAt),
      );
      let dueAt = plan.nextDue(now);
      while (dueAt && decided.has(dueAt.toISOString())) {
        dueAt = plan.nextDue(dueAt);
      }
      const next_due_at = dueAt?.toISOString() ?? null;
      if (next_due_at === row.next_due_at) {
        return undefined;
      }
      await this.#due.reset(trx, row, { cron_key: row.cron_key, next_due_at });
      return next_due_at;
    });
    if (next !== undefined) {
      this.#logger.warn(
        `The clock went back: schedule '${schedule.name}' of database '${databaseId}' was due next ${row.next_due_at}, and is ${next}.`,
      );
    }
  }

  async #failed(
    plan: SchedulePlan,
    row: DueRow | undefined,
    error: Error,
  ): Promise<void> {
    const name = `Schedule '${plan.schedule.name}' of database '${plan.databaseId}'`;
    if (row?.waiting_reason !== error.message) {
      this.#logger.error(
        `${name} did not run, it is tried again: ${error.message}`,
      );
    }
    try {
      if (row) {
        await this.#due.wait(row, { for: 'error', reason: error.message });
      }
    } catch (thrown) {
      this.#logger.error(
        `${name} could not be marked as failing: ${toError(thrown).message}`,
      );
    }
  }

  async #removeGone(rows: readonly DueRow[]): Promise<void> {
    const before = new Date(
      this.#clock().getTime() - REMOVED_AFTER_SECONDS * 1000,
    ).toISOString();
    for (const row of rows) {
      const database = this.#databases.get(row.database_id);
      const quarantined = database && !isReady(database);
      if (!quarantined && (row.next_due_at ?? '') < before) {
        await this.#due.remove(row);
      }
    }
  }

  async #prune(): Promise<void> {
    const nowMs = this.#clock().getTime();
    if (nowMs - this.#prunedAtMs >= PRUNE_EVERY_SECONDS * 1000) {
      this.#prunedAtMs = nowMs;
      await this.#runs.prune(
        new Date(nowMs - RECORDS_KEPT_DAYS * 86_400_000).toISOString(),
      );
    }
  }
}

/** Many databases share a cron: each is asked once a turn. */
function nextDueOnce(
  plan: SchedulePlan,
  now: Date,
  known: Map<string, string | null>,
): string | null {
  const key = cronKey(plan.schedule);
  const before = known.get(key);
  if (before !== undefined) {
    return before;
  }
  const next = plan.nextDue(now)?.toISOString() ?? null;
  known.set(key, next);
  return next;
}

function rowKeyOf(plan: SchedulePlan): Pick<DueRow, 'database_id' | 'name'> {
  return { database_id: plan.databaseId, name: plan.schedule.name };
}

function keyOf(row: Pick<DueRow, 'database_id' | 'name'>): string {
  return `${row.database_id}/${row.name}`;
}
