import { ConflictError, NotFoundError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  Operation,
  OperationState,
  isFinalOperationState,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { ApprovalGate } from '../approvals/ApprovalGate';
import { AuditLog } from '../audit/AuditLog';
import { AuditEntry } from '../audit/chain';
import { DatabaseCatalog } from '../databases/types';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { JudgedTooEarlyError, Rivals } from '../retention/Rivals';
import { aKind } from './aKind';
import { OperationJournal } from './OperationJournal';
import { ActiveOperationError } from './ActiveOperationError';
import { OperationStore, requestHash } from './OperationStore';
import { RequestValidator } from './requests/RequestValidator';
import { RequestedOperation, ValidRequest } from './requests/types';

/** What requested operations are handed to; the dispatcher of this replica. */
export interface OperationWaker {
  wake(): void;
  cancelled(operationId: string): Promise<void>;
}

/** States after which there is something to do again. */
const RETRYABLE_STATES: readonly OperationState[] = [
  'failed',
  'interrupted',
  'cancelled',
];

/** Who asks, and how what they ask for is to be queued. */
export interface Requester {
  readonly requestedBy: string;
  readonly idempotencyKey: string;
  /** Not claimed before then. */
  readonly notBefore?: Date;
  /** The operation that is done again. */
  readonly retryOf?: string;
  /** How many automatic retries lead to it, this one included. */
  readonly retryNumber?: number;
}

/** Requests and cancels operations; every change with its audit event in one transaction. */
export class OperationService {
  readonly #store: OperationStore;
  readonly #journal: OperationJournal;
  readonly #validator: RequestValidator;
  readonly #audit: AuditLog;
  readonly #announcer: OperationAnnouncer;
  readonly #waker: OperationWaker;
  readonly #databases: DatabaseCatalog;
  readonly #gate: ApprovalGate;
  readonly #rivals: Rivals;
  readonly #approvalWanted: (operation: Operation) => Promise<void>;

  constructor(options: {
    readonly store: OperationStore;
    readonly journal: OperationJournal;
    readonly validator: RequestValidator;
    readonly audit: AuditLog;
    readonly announcer: OperationAnnouncer;
    readonly waker: OperationWaker;
    readonly databases: DatabaseCatalog;
    readonly gate: ApprovalGate;
    readonly rivals: Rivals;
    /** Tells the approvers of one that is held back. */
    readonly approvalWanted: (operation: Operation) => Promise<void>;
  }) {
    this.#store = options.store;
    this.#journal = options.journal;
    this.#validator = options.validator;
    this.#audit = options.audit;
    this.#announcer = options.announcer;
    this.#waker = options.waker;
    this.#databases = options.databases;
    this.#gate = options.gate;
    this.#rivals = options.rivals;
    this.#approvalWanted = options.approvalWanted;
  }

  /**
   * Requests an operation. The same requester and key give the same operation.
   *
   * @throws ActiveOperationError when another is active that it cannot go with.
   */
  async request(
    request: RequestedOperation,
    by: Requester,
  ): Promise<Operation> {
    const asked = { ...by, requestHash: requestHash({ ...request, ...by }) };
    // First of all: what was valid once may have been done by that very request.
    const known = await this.#store.findSame(asked);
    if (known) {
      return known;
    }
    for (;;) {
      const valid = await this.#validator.validate(request);
      try {
        return await this.requestValid(valid, asked);
      } catch (error) {
        if (error instanceof JudgedTooEarlyError) {
          continue;
        }
        if (error instanceof ActiveOperationError) {
          await this.#audit.append({
            actor: by.requestedBy,
            action: 'operation.create',
            databaseId: valid.databaseId,
            operationId: error.operationId,
            outcome: 'failed',
            sentence: `${by.requestedBy} asked for ${aKind(valid.kind)} of database '${valid.databaseId}' while operation ${error.operationId} was in the way.`,
            details: { kind: valid.kind },
          });
        }
        throw error;
      }
    }
  }

  /**
   * Requests again what failed, as a new operation that links to it.
   *
   * @throws ConflictError when it did not fail, and whatever a request throws.
   */
  async retry(
    operationId: string,
    again: Pick<RequestedOperation, 'confirmation' | 'reason'>,
    by: Requester,
  ): Promise<Operation> {
    const before = await this.#store.get(operationId);
    if (!before) {
      throw notFound(operationId);
    }
    if (!RETRYABLE_STATES.includes(before.state)) {
      throw new ConflictError(
        `Operation ${operationId} is ${before.state}; only one that is ${RETRYABLE_STATES.join(', ')} can be retried.`,
      );
    }
    const { databaseId, kind, parameters } = before;
    return this.request(
      { databaseId, kind, parameters: parameters as JsonObject, ...again },
      { ...by, retryOf: operationId },
    );
  }

  /**
   * {@link OperationService.request} of a request judged before, with a change
   * that must happen together with it.
   *
   * @throws JudgedTooEarlyError when what it was judged beside is not all any more
   */
  async requestValid(
    valid: ValidRequest,
    by: Requester & { readonly requestHash?: string },
    together?: (trx: Knex.Transaction, operation: Operation) => Promise<void>,
  ): Promise<Operation> {
    const held = await this.#gate.hold(valid, by.requestedBy);
    const { operation, created } = await this.#audit.record(async trx => {
      const database = this.#databases.get(valid.databaseId);
      const made = await this.#store.create(trx, {
        requestHash: requestHash({ ...valid, ...by }),
        repositoryId:
          stringOf(valid.parameters.repositoryId) ?? database?.repositoryId,
        policyName: database?.policyName,
        ...valid,
        ...by,
        ...(held && { held: true, parameters: held.parameters }),
      });
      if (made.created) {
        await this.#rivals.assertNoneCame(
          trx,
          made.operation,
          valid.judgedBeside ?? [],
        );
      }
      if (held && made.created) {
        await this.#gate.open(trx, made.operation, held);
      }
      await together?.(trx, made.operation);
      return {
        value: made,
        entry: made.created ? this.#accepted(made.operation) : undefined,
      };
    });
    if (created) {
      this.#announcer.changed(operation);
      this.#waker.wake();
    }
    if (created && held) {
      await this.#approvalWanted(operation);
    }
    return operation;
  }

  #accepted(operation: Operation): AuditEntry {
    return {
      actor: operation.requestedBy,
      action: 'operation.create',
      databaseId: operation.databaseId,
      operationId: operation.id,
      outcome: 'accepted',
      sentence: `${operation.requestedBy} requested ${aKind(operation.kind)} of database '${operation.databaseId}'${operation.retryOf ? `, again after operation ${operation.retryOf}` : ''}.`,
      details: {
        kind: operation.kind,
        parameters: operation.parameters as JsonObject,
        state: operation.state,
        ...(operation.reason && { reason: operation.reason }),
        ...(operation.retryOf && { retryOf: operation.retryOf }),
      },
    };
  }

  /**
   * Asks for an operation to be cancelled: a queued one ends now, a running
   * one when its worker has ended. Idempotent.
   *
   * @throws ConflictError when it ended otherwise before.
   */
  async cancel(operationId: string, requestedBy: string): Promise<Operation> {
    const before = await this.#store.get(operationId);
    if (!before) {
      throw notFound(operationId);
    }
    if (
      before.state === 'cancelled' ||
      (before.state === 'running' && before.cancelRequestedBy)
    ) {
      return before;
    }
    if (isFinalOperationState(before.state)) {
      throw new ConflictError(
        `Operation ${operationId} is ${before.state} already; it cannot be cancelled.`,
      );
    }
    const operation = await this.#audit.record(async trx => {
      const cancelled =
        before.state === 'running'
          ? await this.#journal.requestCancel(trx, operationId, requestedBy)
          : await this.#journal.cancelWaiting(trx, operationId, requestedBy);
      return {
        value: cancelled,
        entry: cancelled && {
          actor: requestedBy,
          action: 'operation.cancel',
          databaseId: cancelled.databaseId,
          operationId,
          outcome:
            cancelled.state === 'cancelled'
              ? ('cancelled' as const)
              : ('accepted' as const),
          sentence: `${requestedBy} asked to cancel the ${cancelled.kind} of database '${cancelled.databaseId}'.`,
          details: { kind: cancelled.kind },
        },
      };
    });
    if (!operation) {
      // It moved on between the look and the change: judge its new state.
      return this.cancel(operationId, requestedBy);
    }
    this.#announcer.changed(operation);
    await this.#waker.cancelled(operationId);
    return operation;
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function notFound(operationId: string): NotFoundError {
  return new NotFoundError(
    `There is no operation ${operationId}; list operations for their ids.`,
  );
}
