import { LoggerService } from '@backstage/backend-plugin-api';
import { InputError, NotFoundError, toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Knex } from 'knex';
import { readJson } from '../../database/json';
import { ActiveOperationError } from '../ActiveOperationError';
import { OperationService } from '../OperationService';
import { RequestValidator } from '../requests/RequestValidator';
import { ValidRequest } from '../requests/types';
import { OperationRow, toOperation } from '../rows';
import { didTheSame, isSameWork } from '../sameWork';

const BATCH = 50;

/** What cannot be requested just now is tried again so much later. */
const PUT_OFF_MINUTES = 5;
/** A retry that cannot be requested so long after the failure is given up. */
const GIVE_UP_AFTER_HOURS = 48;

/**
 * Requests again what failed, when its time has come, as new operations that
 * link to the old ones. Until then nothing stands in the queue, so that a
 * person need not wait for a retry to try by hand.
 */
export class AutomaticRetries {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #operations: OperationService;
  readonly #validator: RequestValidator;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly operations: OperationService;
    readonly validator: RequestValidator;
    readonly logger: LoggerService;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#operations = options.operations;
    this.#validator = options.validator;
    this.#logger = options.logger;
  }

  async run(): Promise<void> {
    const due: OperationRow[] = await this.#knex<OperationRow>('operations')
      .where('retry_at_ms', '<=', this.#clock().getTime())
      .orderBy('retry_at_ms')
      .limit(BATCH);
    for (const row of due) {
      try {
        await this.#retry(row);
      } catch (thrown) {
        await this.#judge(row, thrown);
      }
    }
  }

  async #retry(row: OperationRow): Promise<void> {
    if (await this.#isOvertaken(row)) {
      await this.#done(this.#knex, row.id);
      return;
    }
    const valid = await this.#validator.validate({
      databaseId: row.database_id,
      kind: row.kind,
      parameters: readJson(row.parameters),
      reason: `Retry ${row.retry_number + 1} of what failed.`,
    });
    // Replicas that see it due at the same time agree by the key.
    await this.#operations.requestValid(
      valid,
      {
        requestedBy: row.requested_by,
        idempotencyKey: `retry:${row.id}`,
        retryOf: row.id,
        retryNumber: row.retry_number + 1,
      },
      trx => this.#done(trx, row.id),
    );
  }

  /** What stands in the way may pass; what cannot be requested at all never can. */
  async #judge(row: OperationRow, thrown: unknown): Promise<void> {
    const { message } = toError(thrown);
    const what = `The ${row.kind} of database '${row.database_id}' (operation ${row.id})`;
    if (
      thrown instanceof ActiveOperationError &&
      (await this.#isTriedBy(row, thrown.operationId))
    ) {
      await this.#done(this.#knex, row.id);
      return;
    }
    if (thrown instanceof NotFoundError || thrown instanceof InputError) {
      await this.#done(this.#knex, row.id);
      this.#logger.warn(`${what} is not retried: ${message}`);
      return;
    }
    if (await this.#isTooLate(row)) {
      await this.#done(this.#knex, row.id);
      this.#logger.warn(
        `${what} is not retried any more, it could not be requested for too long: ${message}`,
      );
      return;
    }
    const retryAtMs = this.#clock().getTime() + PUT_OFF_MINUTES * 60_000;
    await this.#knex<OperationRow>('operations')
      .where({ id: row.id })
      // Another replica may have requested it meanwhile.
      .whereNotNull('retry_at_ms')
      .update({ retry_at_ms: retryAtMs });
    this.#logger.info(
      `The retry of ${row.kind} of database '${row.database_id}' (operation ${row.id}) is put off until ${new Date(retryAtMs).toISOString()}: ${message}`,
    );
  }

  /** A later one did the same: the next due time is soon enough. */
  async #isOvertaken(row: OperationRow): Promise<boolean> {
    const later: OperationRow[] = await this.#knex<OperationRow>('operations')
      .where({
        database_id: row.database_id,
        kind: row.kind,
        state: 'succeeded',
      })
      .where('requested_at', '>', row.requested_at);
    const wanted = workOf(row);
    return later.some(done => didTheSame(toOperation(done), wanted));
  }

  /** Whether the one in the way does the same, and has retries of its own. */
  async #isTriedBy(row: OperationRow, operationId: string): Promise<boolean> {
    const active = await this.#knex<OperationRow>('operations')
      .where({ id: operationId })
      .first();
    return (
      active !== undefined &&
      active.schedule_name !== null &&
      isSameWork(toOperation(active), workOf(row))
    );
  }

  /** Whether its schedule has asked anew since, or the failure is long ago. */
  async #isTooLate(row: OperationRow): Promise<boolean> {
    const failedAtMs = Date.parse(row.ended_at ?? row.requested_at);
    const ageMs = this.#clock().getTime() - failedAtMs;
    if (ageMs >= GIVE_UP_AFTER_HOURS * 3_600_000) {
      return true;
    }
    const anew = await this.#knex<OperationRow>('operations')
      .where({
        database_id: row.database_id,
        kind: row.kind,
        schedule_name: row.schedule_name,
      })
      .whereNull('retry_of')
      .where('requested_at', '>', row.requested_at)
      .first('id');
    return anew !== undefined;
  }

  async #done(knex: Knex, operationId: string): Promise<void> {
    await knex<OperationRow>('operations')
      .where({ id: operationId })
      .update({ retry_at_ms: null });
  }
}

function workOf(row: OperationRow): Pick<ValidRequest, 'kind' | 'parameters'> {
  return { kind: row.kind, parameters: readJson<JsonObject>(row.parameters) };
}
