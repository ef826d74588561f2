import { JsonObject } from '@backstage/types';
import {
  Operation,
  OperationFailure,
  OperationState,
} from 'backstage-plugin-database-ops-common';
import { WorkerEvent } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { OperationEventRow, OperationRow, toOperation } from './rows';
import { assertMove } from './stateMachine';

/** A change of state with what is to be said of it. */
export interface Move {
  readonly to: OperationState;
  readonly sentence: string;
  readonly result?: JsonObject;
  readonly failure?: OperationFailure;
  /** When it is tried again by itself. */
  readonly retryAt?: Date;
}

/** An inventory stands in a table of its own; every backup would bring it twice more, whole. */
export function withoutInventory(result: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(result).filter(([key]) => key !== 'inventory'),
  );
}

/** The part of a row that a kind of event fills. */
function contentOf(event: WorkerEvent): Partial<OperationEventRow> {
  switch (event.type) {
    case 'log':
      return { level: event.level, message: event.message };
    case 'progress':
      return { progress: JSON.stringify(event.progress) };
    case 'result':
      return { data: JSON.stringify(withoutInventory(event.data)) };
    default:
      return {
        message: event.failure.cause,
        data: JSON.stringify(event.failure),
      };
  }
}

function toRow(
  operationId: string,
  seq: number,
  event: WorkerEvent,
): OperationEventRow {
  return {
    operation_id: operationId,
    seq,
    at: event.at,
    type: event.type,
    level: null,
    message: null,
    progress: null,
    data: null,
    ...contentOf(event),
  };
}

/** Writes what happens to an operation: its events, its progress, its state. */
export class OperationJournal {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  /**
   * Stores a worker's events once, however often they are given. Gives the
   * operation, or `undefined` when there was nothing new.
   */
  async appendWorkerEvents(
    operationId: string,
    leaseOwner: string,
    events: readonly WorkerEvent[],
  ): Promise<Operation | undefined> {
    return this.#knex.transaction(async trx => {
      // Touching the row first makes writers of one operation wait for each other.
      const [row] = await trx<OperationRow>('operations')
        .where({ id: operationId, lease_owner: leaseOwner })
        .increment('version', 1)
        .returning('*');
      const fresh = events.filter(
        event => row && event.seq > row.last_worker_seq,
      );
      if (!row || fresh.length === 0) {
        return undefined;
      }
      await trx.batchInsert(
        'operation_events',
        fresh.map((event, index) =>
          toRow(operationId, row.last_event_seq + 1 + index, event),
        ),
        50,
      );
      const progress = fresh.flatMap(event =>
        event.type === 'progress' ? [event.progress] : [],
      );
      const [updated] = await trx<OperationRow>('operations')
        .where({ id: operationId })
        .update({
          last_event_seq: row.last_event_seq + fresh.length,
          last_worker_seq: fresh[fresh.length - 1].seq,
          progressed_at_ms: this.#clock().getTime(),
          stuck_at_ms: null,
          ...(progress.length > 0 && {
            progress: JSON.stringify(progress[progress.length - 1]),
          }),
        })
        .returning('*');
      return toOperation(updated);
    });
  }

  /**
   * Ends an operation. Gives `undefined` when it is not the lease owner's any
   * more, or not as silent or unclaimed as it was.
   *
   * @throws ConflictError when it cannot move so.
   */
  async end(
    trx: Knex.Transaction,
    operationId: string,
    move: Move,
    options: {
      readonly leaseOwner?: string;
      readonly leaseExpiredAt?: string;
      readonly unclaimed?: boolean;
    } = {},
  ): Promise<Operation | undefined> {
    const mine = trx<OperationRow>('operations').where({ id: operationId });
    if (options.leaseOwner) {
      mine.where({ lease_owner: options.leaseOwner });
    }
    if (options.leaseExpiredAt) {
      mine.where({ lease_expires_at: options.leaseExpiredAt });
    }
    if (options.unclaimed) {
      mine.where({ state: 'queued' });
    }
    const [locked] = await mine.increment('version', 1).returning('*');
    if (!locked) {
      return undefined;
    }
    assertMove(operationId, locked.state, move.to);
    const now = this.#clock().toISOString();
    const [updated] = await trx<OperationRow>('operations')
      .where({ id: operationId })
      .update({
        state: move.to,
        last_event_seq: locked.last_event_seq + 1,
        ended_at: now,
        lease_owner: null,
        lease_expires_at: null,
        stuck_at_ms: null,
        ...(move.result && {
          result: JSON.stringify(withoutInventory(move.result)),
        }),
        ...(move.failure && { failure: JSON.stringify(move.failure) }),
        ...(move.retryAt && { retry_at_ms: move.retryAt.getTime() }),
      })
      .returning('*');
    const sentence = move.retryAt
      ? `${move.sentence} It is tried again after ${move.retryAt.toISOString()}.`
      : move.sentence;
    await this.#stateEvent(trx, updated, sentence, now);
    return toOperation(updated);
  }

  /** Notes that an operation began to run, or is followed again. */
  async noteRunning(
    trx: Knex.Transaction,
    row: OperationRow,
    sentence: string,
  ): Promise<void> {
    const [updated] = await trx<OperationRow>('operations')
      .where({ id: row.id })
      .increment('last_event_seq', 1)
      .returning('*');
    await this.#stateEvent(trx, updated, sentence, this.#clock().toISOString());
  }

  /** Notes that a run seems to be stuck. Gives `undefined` when it is followed by another. */
  async noteStuck(
    operationId: string,
    leaseOwner: string,
    sentence: string,
  ): Promise<Operation | undefined> {
    return this.#knex.transaction(async trx => {
      const now = this.#clock();
      const [row] = await trx<OperationRow>('operations')
        .where({ id: operationId, lease_owner: leaseOwner, state: 'running' })
        .update({
          stuck_at_ms: now.getTime(),
          version: trx.raw('version + 1') as unknown as number,
          last_event_seq: trx.raw('last_event_seq + 1') as unknown as number,
        })
        .returning('*');
      if (!row) {
        return undefined;
      }
      await trx('operation_events').insert({
        operation_id: operationId,
        seq: row.last_event_seq,
        at: now.toISOString(),
        type: 'log',
        level: 'warn',
        message: sentence,
      });
      return toOperation(row);
    });
  }

  /** Asks whoever follows it to stop it. Gives `undefined` when that was asked before. */
  async requestCancel(
    trx: Knex.Transaction,
    operationId: string,
    requestedBy: string,
  ): Promise<Operation | undefined> {
    const [updated] = await trx<OperationRow>('operations')
      .where({ id: operationId, state: 'running' })
      .whereNull('cancel_requested_by')
      .update({
        cancel_requested_by: requestedBy,
        version: trx.raw('version + 1') as unknown as number,
        last_event_seq: trx.raw('last_event_seq + 1') as unknown as number,
      })
      .returning('*');
    if (!updated) {
      return undefined;
    }
    await this.#stateEvent(
      trx,
      updated,
      `Cancellation asked for by ${requestedBy}.`,
      this.#clock().toISOString(),
    );
    return toOperation(updated);
  }

  /** Lets an approved one be claimed. Gives `undefined` when it does not wait for approval any more. */
  async queueApproved(
    trx: Knex.Transaction,
    operationId: string,
    sentence: string,
  ): Promise<Operation | undefined> {
    const [updated] = await trx<OperationRow>('operations')
      .where({ id: operationId, state: 'awaiting-approval' })
      .update({
        state: 'queued',
        version: trx.raw('version + 1') as unknown as number,
        last_event_seq: trx.raw('last_event_seq + 1') as unknown as number,
      })
      .returning('*');
    if (!updated) {
      return undefined;
    }
    await this.#stateEvent(trx, updated, sentence, this.#clock().toISOString());
    return toOperation(updated);
  }

  /** Cancels one that nobody has started. Gives `undefined` when somebody just has. */
  async cancelWaiting(
    trx: Knex.Transaction,
    operationId: string,
    requestedBy: string,
  ): Promise<Operation | undefined> {
    const now = this.#clock().toISOString();
    const [updated] = await trx<OperationRow>('operations')
      .where({ id: operationId })
      .whereIn('state', ['awaiting-approval', 'queued'])
      .update({
        state: 'cancelled',
        ended_at: now,
        cancel_requested_by: requestedBy,
        version: trx.raw('version + 1') as unknown as number,
        last_event_seq: trx.raw('last_event_seq + 1') as unknown as number,
      })
      .returning('*');
    if (!updated) {
      return undefined;
    }
    await this.#stateEvent(
      trx,
      updated,
      `Cancelled by ${requestedBy} before it started.`,
      now,
    );
    return toOperation(updated);
  }

  async #stateEvent(
    trx: Knex.Transaction,
    row: OperationRow,
    message: string,
    at: string,
  ): Promise<void> {
    await trx('operation_events').insert({
      operation_id: row.id,
      seq: row.last_event_seq,
      at,
      type: 'state',
      message,
      data: JSON.stringify({ state: row.state }),
    });
  }
}
