import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { Operation } from 'backstage-plugin-database-ops-common';
import { AuditLog } from '../audit/AuditLog';
import { DatabaseCatalog } from '../databases/types';
import { Announcements } from '../notify/Announcements';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { OperationJournal } from '../operations/OperationJournal';
import { OperationStore } from '../operations/OperationStore';
import { ApprovalStore, Decision } from './ApprovalStore';
import { subjectSentence } from './subject';
import { StoredApproval } from './types';

/** What somebody decided, judged already. */
export interface JudgedDecision extends Decision {
  readonly state: 'approved' | 'rejected' | 'overridden';
  readonly decidedBy: string;
}

const ACTIONS = {
  approved: 'operation.approve',
  rejected: 'operation.reject',
  overridden: 'operation.override',
  expired: 'operation.expire-approval',
} as const;

/** Carries decisions out: row, operation and audit event change together or not at all. */
export class ApprovalService {
  readonly #approvals: ApprovalStore;
  readonly #operations: OperationStore;
  readonly #journal: OperationJournal;
  readonly #audit: AuditLog;
  readonly #announcer: OperationAnnouncer;
  readonly #announcements: Announcements;
  readonly #databases: DatabaseCatalog;
  readonly #wake: () => void;

  constructor(options: {
    readonly approvals: ApprovalStore;
    readonly operations: OperationStore;
    readonly journal: OperationJournal;
    readonly audit: AuditLog;
    readonly announcer: OperationAnnouncer;
    readonly announcements: Announcements;
    readonly databases: DatabaseCatalog;
    readonly wake: () => void;
  }) {
    this.#approvals = options.approvals;
    this.#operations = options.operations;
    this.#journal = options.journal;
    this.#audit = options.audit;
    this.#announcer = options.announcer;
    this.#announcements = options.announcements;
    this.#databases = options.databases;
    this.#wake = options.wake;
  }

  /** @throws NotFoundError when the operation needs no approval. */
  async get(operationId: string): Promise<{
    readonly operation: Operation;
    readonly approval: StoredApproval;
  }> {
    const operation = await this.#operations.get(operationId);
    const approval = operation && (await this.#approvals.get(operationId));
    if (!approval) {
      throw new NotFoundError(
        operation
          ? `Operation ${operationId} needs no approval.`
          : `There is no operation ${operationId}; list operations for their ids.`,
      );
    }
    return { operation, approval };
  }

  /** Tells the approvers that somebody waits for them. */
  async announceWanted(operation: Operation): Promise<void> {
    const { approval } = await this.get(operation.id);
    await this.#announcements.announce({
      event: 'approval-wanted',
      databaseId: operation.databaseId,
      operationId: operation.id,
      title: `${operation.requestedBy} asks for approval: ${operation.kind} of ${this.#title(operation)}`,
      description: `${subjectSentence(approval.subject)} Approve or reject it before ${approval.expiresAt}.`,
      scope: `approval:${operation.id}`,
      recipients: approval.approvers,
    });
  }

  /**
   * Decides, once.
   *
   * @throws ConflictError when it is decided, cancelled or over already.
   */
  async decide(
    approval: StoredApproval,
    decision: JudgedDecision,
  ): Promise<Operation> {
    const operation = await this.#move(approval, decision);
    if (decision.state === 'overridden') {
      await this.#announceOverride(operation, approval, decision);
    }
    if (decision.state === 'rejected') {
      await this.#announcer.ended(operation);
    } else {
      this.#announcer.changed(operation);
      this.#wake();
    }
    return operation;
  }

  /** Ends what nobody decided in time. Gives how many. */
  async expireOverdue(): Promise<number> {
    let expired = 0;
    for (const approval of await this.#approvals.listOverdue()) {
      expired += (await this.#expire(approval)) ? 1 : 0;
    }
    return expired;
  }

  /** @throws ConflictError when there is nothing to review. */
  async review(
    { operationId, databaseId, decidedBy }: StoredApproval,
    review: { readonly reviewedBy: string; readonly note: string },
  ): Promise<void> {
    await this.#audit.record(async trx => {
      if (!(await this.#approvals.review(trx, operationId, review))) {
        throw new ConflictError(
          `Operation ${operationId} has no emergency override that waits for a review.`,
        );
      }
      return {
        value: undefined,
        entry: {
          actor: review.reviewedBy,
          action: 'operation.review',
          databaseId,
          operationId,
          outcome: 'accepted',
          sentence: `${review.reviewedBy} reviewed the emergency override of ${decidedBy}: ${review.note}`,
          details: {
            before: { reviewed: false },
            after: { reviewed: true, note: review.note },
          },
        },
      };
    });
  }

  async #expire(approval: StoredApproval): Promise<boolean> {
    try {
      const operation = await this.#move(approval, { state: 'expired' });
      await this.#announcer.ended(operation);
      return true;
    } catch (error) {
      if (error instanceof ConflictError) {
        // Another replica, or a person in the last second.
        return false;
      }
      throw error;
    }
  }

  async #move(
    approval: StoredApproval,
    decision: Decision,
  ): Promise<Operation> {
    const { operationId, databaseId, subject, subjectHash } = approval;
    const { state, decidedBy, reason } = decision;
    const sentence = sentenceOf(approval, decision);
    return this.#audit.record(async trx => {
      const mine = await this.#approvals.decide(trx, operationId, decision);
      const operation =
        mine &&
        (state === 'approved' || state === 'overridden'
          ? await this.#journal.queueApproved(trx, operationId, sentence)
          : await this.#journal.end(trx, operationId, { to: state, sentence }));
      if (!operation) {
        throw new ConflictError(
          `Operation ${operationId} does not wait for approval any more; read it again for its present state.`,
        );
      }
      return {
        value: operation,
        entry: {
          actor: decidedBy ?? 'service:database-ops',
          action: ACTIONS[state],
          databaseId,
          operationId,
          outcome: state === 'expired' ? 'cancelled' : 'accepted',
          sentence,
          details: {
            kind: subject.kind,
            subjectHash,
            requestedBy: approval.requestedBy,
            before: { state: 'awaiting-approval' },
            after: {
              state: operation.state,
              parameters: operation.parameters,
            },
            ...(reason && { reason }),
            ...(decision.decidedAs && { decidedAs: [...decision.decidedAs] }),
          },
        },
      };
    });
  }

  async #announceOverride(
    operation: Operation,
    approval: StoredApproval,
    decision: JudgedDecision,
  ): Promise<void> {
    await this.#announcements.announce({
      event: 'emergency-override',
      databaseId: operation.databaseId,
      operationId: operation.id,
      title: `${decision.decidedBy} went ahead without approval: ${operation.kind} of ${this.#title(operation)}`,
      description: `${subjectSentence(approval.subject)} Reason: ${decision.reason}. Review it on the page of the operation.`,
      scope: `override:${operation.id}`,
      recipients: [...approval.approvers, ...approval.emergency],
    });
  }

  #title({ databaseId }: Operation): string {
    return this.#databases.get(databaseId)?.title ?? databaseId;
  }
}

function sentenceOf(
  { subject, expiresAt }: StoredApproval,
  { state, decidedBy, reason }: Decision,
): string {
  const what = `the ${subject.kind} of database '${subject.databaseId}'`;
  switch (state) {
    case 'approved':
      return `${decidedBy} approved ${what}.`;
    case 'rejected':
      return `${decidedBy} rejected ${what}: ${reason}`;
    case 'overridden':
      return `${decidedBy} went ahead with ${what} without approval, in an emergency: ${reason}`;
    default:
      return `Nobody approved ${what} before ${expiresAt}.`;
  }
}

/** A reason that somebody typed, not one that a form filled in. */
export function assertReason(
  reason: string | undefined,
  least: number,
): string {
  const text = reason?.trim() ?? '';
  if (text.length < least) {
    throw new InputError(
      `Say why, in ${least} characters or more: it is what others read afterwards.`,
    );
  }
  return text;
}
