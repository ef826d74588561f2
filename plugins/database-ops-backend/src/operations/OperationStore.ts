import { createHash, randomUUID } from 'node:crypto';
import { ConflictError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  Operation,
  OperationEvent,
  OperationKind,
  OperationState,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { canonicalJson } from '../audit/chain';
import { Page, PageRequest, newestFirst } from '../database/page';
import { OperationCount, OperationCounter } from '../monitoring/types';
import {
  OperationEventRow,
  OperationRow,
  toOperation,
  toOperationEvent,
} from './rows';
import { ActiveOperationError } from './ActiveOperationError';
import { assertGoesWithOthers } from './instanceWork';
import { priorityOf } from './queue/priorities';
import { ACTIVE_STATES } from './stateMachine';

/** An operation about to be requested. */
export interface NewOperation {
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly parameters: JsonObject;
  readonly requestedBy: string;
  readonly reason?: string;
  readonly idempotencyKey: string;
  /** Only this host may run it. */
  readonly placementHost?: string;
  /** Stays in the queue until then. */
  readonly notBefore?: Date;
  readonly repositoryId?: string;
  readonly policyName?: string;
  /** The operation that it does again. */
  readonly retryOf?: string;
  /** How many automatic retries led to it. */
  readonly retryNumber?: number;
  /** Waits for a second person before it is queued. */
  readonly held?: boolean;
  /** {@link requestHash} of the request as it came in. */
  readonly requestHash: string;
}

/** What makes two requests of one key the same. */
export function requestHash(
  request: Pick<NewOperation, 'databaseId' | 'kind' | 'retryOf'> & {
    readonly parameters?: JsonObject;
  },
): string {
  const { databaseId, kind, parameters = {}, retryOf = null } = request;
  return createHash('sha256')
    .update(canonicalJson({ databaseId, kind, parameters, retryOf }))
    .digest('hex');
}

/** The name of the schedule that asks; `undefined` for people and services. */
function scheduleOf(requestedBy: string): string | undefined {
  return /^schedule:[^/]+\/(.+)$/.exec(requestedBy)?.[1];
}

/** Which operations are asked for. `databaseIds` is what the caller may read. */
export interface OperationFilter extends PageRequest {
  readonly databaseIds?: readonly string[];
  readonly databaseId?: string;
  readonly kind?: OperationKind;
  readonly state?: OperationState;
  /** Those that wait for a second person, or whose override nobody has reviewed. */
  readonly approval?: 'pending' | 'unreviewed';
}

/** Reads operations and their events, and makes new ones. */
export class OperationStore implements OperationCounter {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  /**
   * Makes an operation, or gives the one that the same requester made with the
   * same key. The unique indexes and the restored instance's row decide, so
   * that any number of replicas agree.
   *
   * @throws ActiveOperationError when another is active that it cannot go with.
   */
  async create(
    trx: Knex.Transaction,
    wanted: NewOperation,
  ): Promise<{ readonly operation: Operation; readonly created: boolean }> {
    const state = wanted.held ? 'awaiting-approval' : 'queued';
    const row = {
      id: randomUUID(),
      database_id: wanted.databaseId,
      kind: wanted.kind,
      state,
      parameters: JSON.stringify(wanted.parameters),
      requested_by: wanted.requestedBy,
      requested_at: this.#clock().toISOString(),
      reason: wanted.reason ?? null,
      idempotency_key: wanted.idempotencyKey,
      placement_host: wanted.placementHost ?? null,
      priority: priorityOf(wanted.kind),
      request_hash: wanted.requestHash,
      not_before_ms: wanted.notBefore?.getTime() ?? null,
      repository_id: wanted.repositoryId ?? null,
      policy_name: wanted.policyName ?? null,
      schedule_name: scheduleOf(wanted.requestedBy) ?? null,
      retry_of: wanted.retryOf ?? null,
      retry_number: wanted.retryNumber ?? 0,
      last_event_seq: 1,
    };
    // The one in the way may end between the insert and the look: look again.
    for (;;) {
      const [inserted] = await trx<OperationRow>('operations')
        .insert(row as Partial<OperationRow>)
        .onConflict()
        .ignore()
        .returning('*');
      if (inserted) {
        await trx('operation_events').insert({
          operation_id: row.id,
          seq: 1,
          at: row.requested_at,
          type: 'state',
          message: wanted.held
            ? `Requested by ${wanted.requestedBy}; it waits for a second person.`
            : `Queued by ${wanted.requestedBy}.`,
          data: JSON.stringify({ state }),
        });
        const operation = toOperation(inserted);
        await assertGoesWithOthers(trx, operation);
        return { operation, created: true };
      }
      const same = await this.findSame(wanted, trx);
      if (same) {
        return { operation: same, created: false };
      }
      const active = await trx<OperationRow>('operations')
        .where({ database_id: wanted.databaseId, kind: wanted.kind })
        .whereIn('state', [...ACTIVE_STATES])
        .modify(query => {
          // As the unique index has it: each repository is read on its own.
          if (wanted.kind === 'inventory') {
            query.where({ repository_id: wanted.repositoryId ?? null });
          }
        })
        .first();
      if (active) {
        throw new ActiveOperationError(toOperation(active));
      }
    }
  }

  /**
   * The operation that this requester made with this key before.
   *
   * @throws ConflictError when it was another request.
   */
  async findSame(
    wanted: Pick<
      NewOperation,
      'requestedBy' | 'idempotencyKey' | 'requestHash'
    >,
    knex: Knex = this.#knex,
  ): Promise<Operation | undefined> {
    const row = await knex<OperationRow>('operations')
      .where({
        requested_by: wanted.requestedBy,
        idempotency_key: wanted.idempotencyKey,
      })
      .first();
    if (!row) {
      return undefined;
    }
    if (row.request_hash !== null && row.request_hash !== wanted.requestHash) {
      throw Object.assign(
        new ConflictError(
          `This Idempotency-Key belongs to operation ${row.id}, another request; use a new key for a new request.`,
        ),
        { operationId: row.id },
      );
    }
    return toOperation(row);
  }

  async get(operationId: string): Promise<Operation | undefined> {
    const row = await this.#knex<OperationRow>('operations')
      .where({ id: operationId })
      .first();
    return row && toOperation(row);
  }

  async list(filter: OperationFilter): Promise<Page<Operation>> {
    const query = this.#knex<OperationRow>('operations');
    if (filter.databaseIds) {
      query.whereIn('database_id', [...filter.databaseIds]);
    }
    if (filter.databaseId) {
      query.where('database_id', filter.databaseId);
    }
    if (filter.kind) {
      query.where('kind', filter.kind);
    }
    if (filter.state) {
      query.where('state', filter.state);
    }
    if (filter.approval === 'pending') {
      query.where('state', 'awaiting-approval');
    }
    if (filter.approval === 'unreviewed') {
      query.whereIn(
        'id',
        this.#knex('approvals')
          .where({ state: 'overridden' })
          .whereNull('reviewed_at')
          .select('operation_id'),
      );
    }
    const page = await newestFirst<OperationRow, 'requested_at'>(
      query,
      'requested_at',
      filter,
    );
    return { ...page, items: page.items.map(toOperation) };
  }

  /** Active operations, the newest first. */
  async listActive(knex: Knex = this.#knex): Promise<readonly Operation[]> {
    const rows: OperationRow[] = await knex<OperationRow>('operations')
      .whereIn('state', [...ACTIVE_STATES])
      .orderBy('requested_at', 'desc');
    return rows.map(toOperation);
  }

  async events(
    operationId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<readonly OperationEvent[]> {
    const rows: OperationEventRow[] = await this.#knex<OperationEventRow>(
      'operation_events',
    )
      .where({ operation_id: operationId })
      .where('seq', '>', options.after)
      .orderBy('seq')
      .limit(options.limit);
    return rows.map(toOperationEvent);
  }

  async countByState(): Promise<readonly OperationCount[]> {
    const rows: (Pick<OperationRow, 'database_id' | 'kind' | 'state'> & {
      readonly count: string | number;
    })[] = await this.#knex('operations')
      .select('database_id', 'kind', 'state')
      .count({ count: '*' })
      .groupBy('database_id', 'kind', 'state');
    return rows.map(row => ({
      databaseId: row.database_id,
      kind: row.kind,
      state: row.state,
      count: Number(row.count),
    }));
  }
}
