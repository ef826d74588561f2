import { LoggerService } from '@backstage/backend-plugin-api';
import {
  ScheduleRun,
  isFinalOperationState,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { OperationService } from '../operations/OperationService';
import { ActiveOperationError } from '../operations/ActiveOperationError';
import { OperationStore } from '../operations/OperationStore';
import { RequestValidator } from '../operations/requests/RequestValidator';
import { ValidRequest } from '../operations/requests/types';
import { didTheSame } from '../operations/sameWork';
import { JudgedTooEarlyError } from '../retention/Rivals';
import { DueRow, DueStore } from './DueStore';
import { DueRuns, dueRunsOf } from './dueRuns';
import { SchedulePlan } from './SchedulePlan';
import { ScheduleRunStore } from './ScheduleRunStore';

/** Looked at every ten seconds: a decision later than this was missed by everyone. */
const LATE_SECONDS = 120;

/** Thrown to take back a decision that another replica took. */
class TakenElsewhere extends Error {}

type Verdict = Pick<ScheduleRun, 'outcome' | 'reason'>;

/** Decides what becomes of a due run, and records it with the operation in one transaction. */
export class DueDecider {
  readonly #due: DueStore;
  readonly #runs: ScheduleRunStore;
  readonly #operations: OperationService;
  readonly #store: Pick<OperationStore, 'get'>;
  readonly #validator: RequestValidator;
  readonly #maintenance: MaintenanceModes;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;

  constructor(options: {
    readonly due: DueStore;
    readonly runs: ScheduleRunStore;
    readonly operations: OperationService;
    readonly store: Pick<OperationStore, 'get'>;
    readonly validator: RequestValidator;
    readonly maintenance: MaintenanceModes;
    readonly logger: LoggerService;
    readonly clock: () => Date;
  }) {
    this.#due = options.due;
    this.#runs = options.runs;
    this.#operations = options.operations;
    this.#store = options.store;
    this.#validator = options.validator;
    this.#maintenance = options.maintenance;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  /** Decides about the runs of a schedule that are due, if their start has come. */
  async decide(plan: SchedulePlan, row: DueRow, now: Date): Promise<void> {
    const due = dueRunsOf(plan, new Date(row.next_due_at ?? now), now);
    if (!due) {
      return;
    }
    const blackout = plan.blackoutAt(now);
    if (blackout) {
      await this.#due.wait(row, {
        for: 'blackout',
        reason: `A blackout held when it was due: ${blackout}.`,
      });
      return;
    }
    const mode = await this.#maintenance.of(plan.databaseId);
    if (mode) {
      await this.#due.wait(row, {
        for: 'maintenance',
        reason: `Maintenance mode held when it was due: ${mode.reason}.`,
      });
      return;
    }
    const valid = await this.#validRequest(plan);
    if (!(await this.#doneMeanwhile(plan, row, valid))) {
      await this.#conclude(plan, row, { due, valid, now });
    }
  }

  /** Gives up what was due of a schedule that is changed, suspended or resumed. */
  async abandon(
    plan: SchedulePlan,
    row: DueRow,
    fresh: Pick<DueRow, 'cron_key' | 'next_due_at'>,
  ): Promise<void> {
    const now = this.#clock().toISOString();
    await this.#due.transaction(async trx => {
      const reset = await this.#due.reset(trx, row, fresh);
      if (reset && row.next_due_at !== null && row.next_due_at <= now) {
        await this.#runs.add(trx, [
          {
            databaseId: plan.databaseId,
            name: plan.schedule.name,
            dueAt: row.next_due_at,
            startsAt: row.next_due_at,
            decidedAt: now,
            outcome: 'skipped',
            reason: `The schedule was ${plan.schedule.suspended ? 'suspended' : `changed to '${fresh.cron_key}'`} before it was decided.`,
          },
        ]);
      }
    });
  }

  #validRequest({ databaseId, schedule }: SchedulePlan): Promise<ValidRequest> {
    return this.#validator.validate({
      databaseId,
      kind: schedule.kind,
      parameters: {
        ...schedule.parameters,
        ...(schedule.type !== undefined && { type: schedule.type }),
      },
    });
  }

  /**
   * Whether the operation in the way is still there, or has done the same work:
   * then what was due before its end needs no run of its own.
   */
  async #doneMeanwhile(
    plan: SchedulePlan,
    row: DueRow,
    valid: ValidRequest,
  ): Promise<boolean> {
    const inTheWay =
      row.waiting_for === 'operation' && row.waiting_operation_id !== null
        ? await this.#store.get(row.waiting_operation_id)
        : undefined;
    if (!inTheWay) {
      return false;
    }
    if (!isFinalOperationState(inTheWay.state)) {
      return true;
    }
    const covered =
      didTheSame(inTheWay, valid) && inTheWay.endedAt !== undefined
        ? dueRunsOf(
            plan,
            new Date(row.next_due_at ?? inTheWay.endedAt),
            new Date(inTheWay.endedAt),
          )
        : undefined;
    if (!covered) {
      return false;
    }
    await this.#skip(plan, row, covered, {
      outcome: 'skipped',
      reason: `Operation ${inTheWay.id} of ${inTheWay.requestedBy} did the same until ${inTheWay.endedAt}.`,
      operationId: inTheWay.id,
    });
    return true;
  }

  async #conclude(
    plan: SchedulePlan,
    row: DueRow,
    work: {
      readonly due: DueRuns;
      readonly valid: ValidRequest;
      readonly now: Date;
    },
  ): Promise<void> {
    const { due, valid, now } = work;
    const verdict = verdictOf(plan, row, due, now);
    const { databaseId, schedule } = plan;
    if (verdict.outcome === 'skipped') {
      await this.#skip(plan, row, due, verdict);
      return;
    }
    const requestedBy = `schedule:${databaseId}/${schedule.name}`;
    try {
      await this.#operations.requestValid(
        valid,
        {
          requestedBy,
          idempotencyKey: `${requestedBy}@${due.last.dueAt.toISOString()}`,
        },
        async (trx, operation) => {
          // In the operation's own transaction: either both stand or neither.
          await this.#due.impatient(trx);
          await this.#record(trx, plan, row, due, {
            ...verdict,
            operationId: operation.id,
          });
        },
      );
    } catch (error) {
      if (error instanceof JudgedTooEarlyError) {
        // It stays due, and is judged by what came between in the next turn.
        return;
      }
      if (error instanceof ActiveOperationError) {
        await this.#due.wait(row, {
          for: 'operation',
          operationId: error.operationId,
          reason: `Operation ${error.operationId} was active when it was due.`,
        });
        return;
      }
      if (!(error instanceof TakenElsewhere)) {
        throw error;
      }
    }
  }

  async #skip(
    plan: SchedulePlan,
    row: DueRow,
    due: DueRuns,
    verdict: Verdict & { readonly operationId?: string },
  ): Promise<void> {
    try {
      await this.#due.transaction(trx =>
        this.#record(trx, plan, row, due, verdict),
      );
    } catch (error) {
      if (error instanceof TakenElsewhere) {
        return;
      }
      throw error;
    }
    this.#logger.info(
      `Schedule '${plan.schedule.name}' of database '${plan.databaseId}' skipped its run due ${due.last.dueAt.toISOString()}: ${verdict.reason}`,
    );
  }

  async #record(
    trx: Knex.Transaction,
    plan: SchedulePlan,
    row: DueRow,
    due: DueRuns,
    verdict: Verdict & { readonly operationId?: string },
  ): Promise<void> {
    const lastDueAt = due.last.dueAt.toISOString();
    const taken = await this.#due.take(trx, row, {
      lastDueAt,
      nextDueAt: due.next?.toISOString() ?? null,
      operationId:
        verdict.outcome === 'skipped' ? undefined : verdict.operationId,
    });
    if (!taken) {
      throw new TakenElsewhere();
    }
    const common = {
      databaseId: plan.databaseId,
      name: plan.schedule.name,
      decidedAt: this.#clock().toISOString(),
    };
    const passedOver = (dueAt: Date, until?: Date): ScheduleRun => ({
      ...common,
      dueAt: dueAt.toISOString(),
      untilAt: until?.toISOString(),
      startsAt: dueAt.toISOString(),
      outcome: 'skipped',
      reason:
        verdict.outcome === 'skipped'
          ? verdict.reason
          : `The run due ${lastDueAt} stands for it: ${verdict.reason ?? 'it was not decided in time.'}`,
      operationId:
        verdict.outcome === 'skipped' ? verdict.operationId : undefined,
    });
    await this.#runs.add(trx, [
      ...(due.earlierRange
        ? [passedOver(due.earlierRange.from, due.earlierRange.until)]
        : []),
      ...due.earlier.map(dueAt => passedOver(dueAt)),
      {
        ...common,
        dueAt: lastDueAt,
        startsAt: due.startsAt.toISOString(),
        ...verdict,
      },
    ]);
  }
}

function verdictOf(
  plan: SchedulePlan,
  row: DueRow,
  due: DueRuns,
  now: Date,
): Verdict {
  const reason = row.waiting_reason ?? undefined;
  switch (row.waiting_for) {
    case 'operation':
      return { outcome: 'requested', reason };
    case 'maintenance':
      return { outcome: 'made-up', reason };
    case 'blackout':
      return { outcome: 'moved', reason };
    default:
  }
  if (now.getTime() - due.startsAt.getTime() > LATE_SECONDS * 1000) {
    const missed = `It was not decided in time: ${reason ?? 'no portal ran its schedules'}.`;
    return plan.schedule.missed === 'skip'
      ? { outcome: 'skipped', reason: missed }
      : { outcome: 'made-up', reason: missed };
  }
  return due.last.movedBecause
    ? {
        outcome: 'moved',
        reason: `Moved to the end of the blackout: ${due.last.movedBecause}.`,
      }
    : { outcome: 'requested' };
}
