import {
  Operation,
  OperationEvent,
  OperationFailure,
  OperationKind,
  OperationProgress,
  OperationState,
} from 'backstage-plugin-database-ops-common';
import { readJson, readOptionalJson } from '../database/json';

/** A row of `operations`. */
export interface OperationRow {
  readonly id: string;
  readonly database_id: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly parameters: string;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly reason: string | null;
  readonly progress: string | null;
  readonly result: string | null;
  readonly failure: string | null;
  readonly cancel_requested_by: string | null;
  readonly idempotency_key: string;
  readonly executor: string | null;
  readonly executor_host: string | null;
  readonly executor_reference: string | null;
  readonly placement_host: string | null;
  readonly attempt: number;
  readonly version: number;
  readonly lease_owner: string | null;
  readonly lease_expires_at: string | null;
  readonly last_event_seq: number;
  readonly last_worker_seq: number;
  readonly priority: number;
  readonly request_hash: string | null;
  readonly not_before_ms: string | number | null;
  readonly repository_id: string | null;
  readonly policy_name: string | null;
  readonly schedule_name: string | null;
  readonly retry_of: string | null;
  readonly retry_number: number;
  readonly retry_at_ms: string | number | null;
  readonly progressed_at_ms: string | number | null;
  readonly stuck_at_ms: string | number | null;
}

/** A row of `operation_events`. */
export interface OperationEventRow {
  readonly operation_id: string;
  readonly seq: number;
  readonly at: string;
  readonly type: OperationEvent['type'];
  readonly level: string | null;
  readonly message: string | null;
  readonly progress: string | null;
  readonly data: string | null;
}

export function toOperation(row: OperationRow): Operation {
  return {
    id: row.id,
    databaseId: row.database_id,
    kind: row.kind,
    state: row.state,
    parameters: readJson(row.parameters),
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    startedAt: row.started_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
    reason: row.reason ?? undefined,
    progress: readOptionalJson<OperationProgress>(row.progress),
    result: readOptionalJson(row.result),
    failure: readOptionalJson<OperationFailure>(row.failure),
    cancelRequestedBy: row.cancel_requested_by ?? undefined,
    executor: row.executor ?? undefined,
    executorHost: row.executor_host ?? undefined,
    attempt: row.attempt,
    version: row.version,
    retryOf: row.retry_of ?? undefined,
    notBefore:
      row.not_before_ms === null
        ? undefined
        : new Date(Number(row.not_before_ms)).toISOString(),
  };
}

export function toOperationEvent(row: OperationEventRow): OperationEvent {
  return {
    seq: row.seq,
    at: row.at,
    type: row.type,
    level: (row.level as OperationEvent['level']) ?? undefined,
    message: row.message ?? undefined,
    progress: readOptionalJson<OperationProgress>(row.progress),
    data: readOptionalJson(row.data),
  };
}
