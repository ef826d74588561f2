// The one place where an operation becomes final: row, result, audit event and
// what people are told move together.
import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Operation, AuditOutcome } from 'backstage-plugin-database-ops-common';
import { SOURCE_AS_BEFORE_CODES } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { AuditLog } from '../audit/AuditLog';
import { readJson } from '../database/json';
import { OperationDurations } from '../metrics/OperationDurations';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { Move, OperationJournal } from './OperationJournal';
import { ResultRecorder } from './ResultRecorder';
import { OperationRow } from './rows';
import { withRunbook } from './runbooks';

/** Which operation alone is to be ended; another one is left as it is. */
export interface EndCondition {
  /** The follower that ends it. */
  readonly leaseOwner?: string;
  /** That of a silent one which nobody follows. */
  readonly leaseExpiredAt?: string;
  /** Only while it is queued. */
  readonly unclaimed?: boolean;
}

/** An end with who caused it. */
export interface End extends Move {
  readonly to: 'succeeded' | 'failed' | 'cancelled' | 'interrupted';
  /** Who is named in the audit event; the requester when absent. */
  readonly actor?: string;
  /** There was never a worker that could have done anything. */
  readonly notStarted?: boolean;
  /** A restored instance that nobody can reach any more. */
  readonly lostInstanceId?: string;
}

/** When an operation that failed is tried again; `undefined` for never. */
export type RetryDue = (row: OperationRow) => Date | undefined;

export class OperationEnder {
  readonly #journal: OperationJournal;
  readonly #results: ResultRecorder;
  readonly #audit: AuditLog;
  readonly #announcer: OperationAnnouncer;
  readonly #retryDue: RetryDue;
  readonly #durations: OperationDurations;

  constructor(options: {
    readonly journal: OperationJournal;
    readonly results: ResultRecorder;
    readonly audit: AuditLog;
    readonly announcer: OperationAnnouncer;
    readonly retryDue: RetryDue;
    readonly durations: OperationDurations;
  }) {
    this.#journal = options.journal;
    this.#results = options.results;
    this.#audit = options.audit;
    this.#announcer = options.announcer;
    this.#retryDue = options.retryDue;
    this.#durations = options.durations;
  }

  /**
   * Ends an operation. Gives `undefined` when somebody else follows or ended
   * it meanwhile.
   */
  async end(
    row: OperationRow,
    end: End,
    options: EndCondition = {},
  ): Promise<Operation | undefined> {
    const operation = await this.#end(row, end, options).catch(thrown => {
      if (end.to !== 'succeeded' || !(thrown instanceof InputError)) {
        throw thrown;
      }
      // A result that cannot be read is no success; say so instead of retrying for ever.
      return this.#end(
        row,
        {
          to: 'failed',
          sentence: thrown.message,
          failure: {
            cause: thrown.message,
            object: row.database_id,
            nextStep:
              'Read the log of the operation and look at the repository before starting it again.',
          },
        },
        options,
      );
    });
    if (operation) {
      this.#durations.record(operation);
      await this.#announcer.ended(operation, {
        isUnsettled: mayLeaveSourceAside(row, end),
      });
    }
    return operation;
  }

  async #end(
    row: OperationRow,
    end: End,
    options: EndCondition,
  ): Promise<Operation | undefined> {
    const failure = end.failure && withRunbook(end.failure, row.kind);
    const retryAt =
      end.to === 'failed' || end.to === 'interrupted'
        ? this.#retryDue(row)
        : undefined;
    return this.#audit.record(async (trx: Knex.Transaction) => {
      const operation = await this.#journal.end(
        trx,
        row.id,
        { ...end, failure, retryAt },
        options,
      );
      if (!operation) {
        return { value: undefined };
      }
      if (end.to === 'succeeded') {
        await this.#results.record(
          trx,
          row,
          readJson(row.parameters),
          end.result ?? {},
        );
      }
      if (mayHaveMoved(row, end)) {
        await this.#results.recordHalfMoved(
          trx,
          String(readJson<JsonObject>(row.parameters).restoredInstanceId),
          end.failure?.cause ?? end.sentence,
        );
      }
      if (mayLeaveSourceAside(row, end)) {
        await this.#results.recordUnsettled(
          trx,
          row,
          new Date(operation.endedAt ?? operation.requestedAt),
        );
      }
      if (end.lostInstanceId) {
        await this.#results.recordLost(trx, end.lostInstanceId);
      }
      return {
        value: operation,
        entry: {
          actor: end.actor ?? operation.requestedBy,
          action: 'operation.end',
          databaseId: operation.databaseId,
          operationId: operation.id,
          outcome: end.to as AuditOutcome,
          sentence: endSentence(operation, end),
          details: {
            kind: operation.kind,
            ...(failure && { failure: { ...failure } }),
          },
        },
      };
    });
  }
}

/** Codes of refusals of an advance, which leave the instance where it is. */
const NOT_MOVED_CODES = ['moment-not-later', 'moment-not-reachable'];

/** An advance that began and did not come to its target: replay does not go back. */
function mayHaveMoved(row: OperationRow, end: End): boolean {
  return (
    row.kind === 'advance' &&
    end.to !== 'succeeded' &&
    Boolean(row.executor_host && row.started_at) &&
    !NOT_MOVED_CODES.includes(end.failure?.code ?? '')
  );
}

/** A restore in place that may have ended in the middle: only its host knows. */
function mayLeaveSourceAside(row: OperationRow, end: End): boolean {
  return (
    row.kind === 'restore' &&
    readJson<JsonObject>(row.parameters).mode === 'in-place' &&
    Boolean(row.executor_host && row.started_at) &&
    end.to !== 'succeeded' &&
    !end.notStarted &&
    !SOURCE_AS_BEFORE_CODES.includes(end.failure?.code ?? '')
  );
}

/** A success says nothing more: its result stands with the operation. */
function endSentence(
  operation: { readonly kind: string; readonly databaseId: string },
  end: End,
): string {
  const what = `The ${operation.kind} of database '${operation.databaseId}'`;
  if (end.to === 'succeeded') {
    return `${what} succeeded.`;
  }
  return `${what} ${end.to === 'failed' ? 'failed' : `was ${end.to}`}: ${end.sentence}`;
}
