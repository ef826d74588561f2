import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import {
  DatabaseCatalog,
  ReadyDatabase,
  ScheduleDefinition,
  isReady,
} from '../databases/types';
import { OperationService } from '../operations/OperationService';
import { ActiveOperationError } from '../operations/OperationStore';
import { RequestValidator } from '../operations/RequestValidator';
import { DueRow, DueStore } from './DueStore';
import { cronKey, nextDue } from './scheduleTimes';

/** Thrown to take back a due run that another replica took. */
class TakenElsewhere extends Error {}

/**
 * Turns schedules into operations. Run often, on every replica: a due time is
 * taken once, and however many were missed while no portal ran, they are made
 * up by one run.
 */
export class ScheduleRunner {
  readonly #databases: DatabaseCatalog;
  readonly #due: DueStore;
  readonly #operations: OperationService;
  readonly #validator: RequestValidator;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly due: DueStore;
    readonly operations: OperationService;
    readonly validator: RequestValidator;
    readonly logger: LoggerService;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#due = options.due;
    this.#operations = options.operations;
    this.#validator = options.validator;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  async tick(): Promise<void> {
    for (const database of this.#databases.list()) {
      if (!isReady(database)) {
        continue;
      }
      for (const schedule of database.policy?.schedules ?? []) {
        try {
          await this.#tickOne(database, schedule);
        } catch (error) {
          assertError(error);
          this.#logger.error(
            `Schedule '${schedule.name}' of database '${database.id}' did not run, it is tried again: ${error.message}`,
          );
        }
      }
    }
  }

  async #tickOne(
    database: ReadyDatabase,
    schedule: ScheduleDefinition,
  ): Promise<void> {
    const now = this.#clock();
    const next = nextDue(schedule, now)?.toISOString() ?? null;
    const wanted = {
      cron_key: cronKey(schedule),
      next_due_at: schedule.suspended ? null : next,
    };
    const row = await this.#due.get(database.id, schedule.name);
    if (!row) {
      await this.#due.add({
        database_id: database.id,
        name: schedule.name,
        ...wanted,
      });
      return;
    }
    const resumed = row.next_due_at === null && wanted.next_due_at !== null;
    const suspended = row.next_due_at !== null && schedule.suspended;
    if (row.cron_key !== wanted.cron_key || resumed || suspended) {
      await this.#due.reset(row, wanted);
      return;
    }
    if (row.next_due_at !== null && row.next_due_at <= now.toISOString()) {
      await this.#run(database, schedule, {
        row,
        dueAt: row.next_due_at,
        next,
      });
    }
  }

  async #run(
    database: ReadyDatabase,
    schedule: ScheduleDefinition,
    due: {
      readonly row: DueRow;
      readonly dueAt: string;
      readonly next: string | null;
    },
  ): Promise<void> {
    const requestedBy = `schedule:${database.id}/${schedule.name}`;
    const valid = await this.#validator.validate({
      databaseId: database.id,
      kind: schedule.kind,
      parameters: schedule.type === undefined ? {} : { type: schedule.type },
    });
    try {
      await this.#operations.requestValid(
        valid,
        { requestedBy, idempotencyKey: `${requestedBy}@${due.dueAt}` },
        async (trx, operation) => {
          // In the operation's own transaction: either both stand or neither.
          if (!(await this.#due.take(trx, due.row, due.next))) {
            throw new TakenElsewhere();
          }
          await this.#due.recordOperation(trx, due.row, operation.id);
        },
      );
    } catch (error) {
      if (error instanceof TakenElsewhere) {
        return;
      }
      if (error instanceof ActiveOperationError) {
        // The work is being done already; the due time counts as used.
        this.#logger.info(
          `Schedule '${schedule.name}' of database '${database.id}' was due while operation ${error.operationId} was active.`,
        );
        await this.#due.reset(due.row, {
          cron_key: due.row.cron_key,
          next_due_at: due.next,
        });
        return;
      }
      throw error;
    }
  }
}
