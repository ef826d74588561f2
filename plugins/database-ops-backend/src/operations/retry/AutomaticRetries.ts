import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { Knex } from 'knex';
import { readJson } from '../../database/json';
import { OperationService } from '../OperationService';
import { ActiveOperationError } from '../OperationStore';
import { RequestValidator } from '../requests/RequestValidator';
import { OperationRow } from '../rows';

const BATCH = 50;

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
        await this.#done(this.#knex, row.id);
        this.#logger.warn(
          `The ${row.kind} of database '${row.database_id}' (operation ${row.id}) is not retried: ${toError(thrown).message}`,
        );
      }
    }
  }

  /** @throws when it cannot be requested any more, which is final. */
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
    try {
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
    } catch (error) {
      if (!(error instanceof ActiveOperationError)) {
        throw error;
      }
      // Somebody tries already; that one has retries of its own.
      await this.#done(this.#knex, row.id);
    }
  }

  /** A later one succeeded: the next due time is soon enough. */
  async #isOvertaken(row: OperationRow): Promise<boolean> {
    const later = await this.#knex<OperationRow>('operations')
      .where({
        database_id: row.database_id,
        kind: row.kind,
        state: 'succeeded',
      })
      .where('requested_at', '>', row.requested_at)
      .first('id');
    return later !== undefined;
  }

  async #done(knex: Knex, operationId: string): Promise<void> {
    await knex<OperationRow>('operations')
      .where({ id: operationId })
      .update({ retry_at_ms: null });
  }
}
