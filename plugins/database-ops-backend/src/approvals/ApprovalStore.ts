import {
  ApprovalSummary,
  Operation,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { readJson, readOptionalJson } from '../database/json';
import { ApprovalSubject, StoredApproval, StoredApprovalState } from './types';

interface ApprovalRow {
  readonly operation_id: string;
  readonly database_id: string;
  readonly state: StoredApprovalState;
  readonly subject: string;
  readonly subject_hash: string;
  readonly approvers: string;
  readonly emergency: string;
  readonly requested_by: string;
  readonly requested_at: string;
  readonly expires_at: string;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly decision_reason: string | null;
  readonly decided_as: string | null;
  readonly reviewed_by: string | null;
  readonly reviewed_at: string | null;
  readonly review_note: string | null;
}

/** What somebody, or time, decided. */
export interface Decision {
  readonly state: Exclude<StoredApprovalState, 'pending'>;
  readonly decidedBy?: string;
  readonly reason?: string;
  /** The names of the policy that the decider goes by. */
  readonly decidedAs?: readonly string[];
}

function toApproval(row: ApprovalRow): StoredApproval {
  return {
    operationId: row.operation_id,
    databaseId: row.database_id,
    state: row.state,
    subject: readJson<ApprovalSubject>(row.subject),
    subjectHash: row.subject_hash,
    approvers: readJson<string[]>(row.approvers),
    emergency: readJson<string[]>(row.emergency),
    requestedBy: row.requested_by,
    requestedAt: row.requested_at,
    expiresAt: row.expires_at,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at ?? undefined,
    decisionReason: row.decision_reason ?? undefined,
    decidedAs: readOptionalJson<string[]>(row.decided_as),
    reviewedBy: row.reviewed_by ?? undefined,
    reviewedAt: row.reviewed_at ?? undefined,
    reviewNote: row.review_note ?? undefined,
  };
}

/** The short form that stands with an operation; one cancelled before anybody decided was withdrawn. */
export function summaryOf(
  approval: StoredApproval,
  operation: Pick<Operation, 'state'>,
): ApprovalSummary {
  const withdrawn =
    approval.state === 'pending' && operation.state === 'cancelled';
  return {
    state: withdrawn ? 'withdrawn' : approval.state,
    expiresAt: approval.expiresAt,
    decidedBy: approval.decidedBy,
    reviewed:
      approval.state === 'overridden'
        ? approval.reviewedAt !== undefined
        : undefined,
  };
}

/** Keeps approvals. Every change of state is decided by the row, once. */
export class ApprovalStore {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  async open(
    trx: Knex.Transaction,
    approval: Omit<StoredApproval, 'state'>,
  ): Promise<void> {
    const row: Partial<ApprovalRow> = {
      operation_id: approval.operationId,
      database_id: approval.databaseId,
      state: 'pending',
      subject: JSON.stringify(approval.subject),
      subject_hash: approval.subjectHash,
      approvers: JSON.stringify(approval.approvers),
      emergency: JSON.stringify(approval.emergency),
      requested_by: approval.requestedBy,
      requested_at: approval.requestedAt,
      expires_at: approval.expiresAt,
    };
    await trx('approvals').insert(row);
  }

  async get(operationId: string): Promise<StoredApproval | undefined> {
    const row = await this.#knex<ApprovalRow>('approvals')
      .where({ operation_id: operationId })
      .first();
    return row && toApproval(row);
  }

  async listOf(
    operationIds: readonly string[],
  ): Promise<ReadonlyMap<string, StoredApproval>> {
    const rows = await this.#knex<ApprovalRow>('approvals').whereIn(
      'operation_id',
      [...operationIds],
    );
    return new Map(rows.map(row => [row.operation_id, toApproval(row)]));
  }

  /** Those whose time is over while their operation still waits for them. */
  async listOverdue(): Promise<readonly StoredApproval[]> {
    const rows = await this.#knex<ApprovalRow>('approvals')
      .where({ state: 'pending' })
      .where('expires_at', '<=', this.#clock().toISOString())
      // The approval of an operation that was cancelled stays pending.
      .whereIn(
        'operation_id',
        this.#knex('operations')
          .select('id')
          .where({ state: 'awaiting-approval' }),
      );
    return rows.map(toApproval);
  }

  /** Overrides of a database that nobody has reviewed yet, the oldest first. */
  async listUnreviewed(databaseId: string): Promise<readonly StoredApproval[]> {
    const rows = await this.#knex<ApprovalRow>('approvals')
      .where({ database_id: databaseId, state: 'overridden' })
      .whereNull('reviewed_at')
      .orderBy('decided_at');
    return rows.map(toApproval);
  }

  /** False when it was decided otherwise just now. */
  async decide(
    trx: Knex.Transaction,
    operationId: string,
    decision: Decision,
  ): Promise<boolean> {
    const changed = await trx<ApprovalRow>('approvals')
      .where({ operation_id: operationId, state: 'pending' })
      .update({
        state: decision.state,
        decided_by: decision.decidedBy ?? null,
        decided_at: this.#clock().toISOString(),
        decision_reason: decision.reason ?? null,
        decided_as: decision.decidedAs
          ? JSON.stringify(decision.decidedAs)
          : null,
      });
    return changed === 1;
  }

  /** False when somebody has reviewed it just now. */
  async review(
    trx: Knex.Transaction,
    operationId: string,
    review: { readonly reviewedBy: string; readonly note: string },
  ): Promise<boolean> {
    const changed = await trx<ApprovalRow>('approvals')
      .where({ operation_id: operationId, state: 'overridden' })
      .whereNull('reviewed_at')
      .update({
        reviewed_by: review.reviewedBy,
        reviewed_at: this.#clock().toISOString(),
        review_note: review.note,
      });
    return changed === 1;
  }
}
