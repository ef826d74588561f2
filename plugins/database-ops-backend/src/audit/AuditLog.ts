import { AuditorService, LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import { AuditEvent } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { AuditStore } from './AuditStore';
import { AuditEntry } from './chain';

/**
 * Writes audit events to the chain and, once they stand, to the portal's own
 * auditor.
 */
export class AuditLog {
  readonly #store: AuditStore;
  readonly #auditor: AuditorService;
  readonly #logger: LoggerService;
  readonly #knex: Knex;

  constructor(options: {
    readonly store: AuditStore;
    readonly auditor: AuditorService;
    readonly logger: LoggerService;
    readonly knex: Knex;
  }) {
    this.#store = options.store;
    this.#auditor = options.auditor;
    this.#logger = options.logger;
    this.#knex = options.knex;
  }

  /**
   * Runs a change and appends what it says of itself in the same transaction.
   * A change that gives no entry leaves none.
   */
  async record<T>(
    change: (
      trx: Knex.Transaction,
    ) => Promise<{ readonly value: T; readonly entry?: AuditEntry }>,
  ): Promise<T> {
    let written: AuditEvent | undefined;
    const value = await this.#knex.transaction(async trx => {
      const outcome = await change(trx);
      written = outcome.entry
        ? await this.#store.append(trx, outcome.entry)
        : undefined;
      return outcome.value;
    });
    if (written) {
      await this.#forward(written);
    }
    return value;
  }

  /** Appends an event that belongs to no change, such as a denied attempt. */
  async append(entry: AuditEntry): Promise<void> {
    await this.record(async () => ({ value: undefined, entry }));
  }

  async #forward(event: AuditEvent): Promise<void> {
    try {
      const forwarded = await this.#auditor.createEvent({
        eventId: event.action.replace('.', '-'),
        severityLevel: event.outcome === 'denied' ? 'high' : 'medium',
        meta: {
          seq: event.seq,
          actor: event.actor,
          databaseId: event.databaseId,
          operationId: event.operationId,
          outcome: event.outcome,
          hash: event.hash,
        },
      });
      if (event.outcome === 'accepted' || event.outcome === 'succeeded') {
        await forwarded.success();
      } else {
        await forwarded.fail({ error: new Error(event.sentence) });
      }
    } catch (error) {
      assertError(error);
      // The chain is the record; the portal's auditor is a copy.
      this.#logger.warn(
        `Audit event ${event.seq} did not reach the portal's auditor: ${error.message}`,
      );
    }
  }
}
