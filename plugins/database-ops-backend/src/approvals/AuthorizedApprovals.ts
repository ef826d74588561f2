import { UserInfoService } from '@backstage/backend-plugin-api';
import { ConflictError, NotAllowedError, toError } from '@backstage/errors';
import {
  Approval,
  ApprovalDecision,
  Operation,
  databaseApprovePermission,
  databaseReadPermission,
} from 'backstage-plugin-database-ops-common';
import { AuditLog } from '../audit/AuditLog';
import { DatabaseCatalog } from '../databases/types';
import { aKind } from '../operations/aKind';
import { OperationStore } from '../operations/OperationStore';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { ApprovalService, assertReason } from './ApprovalService';
import { summaryOf } from './ApprovalStore';
import { PeopleDirectory } from './PeopleDirectory';
import { ruleFor } from './rules';
import { personRefusal, Right, SecondPerson } from './SecondPerson';
import { subjectHash, subjectJson, subjectSentence } from './subject';
import { StoredApproval } from './types';

const SHORTEST_REJECTION = 3;
const SHORTEST_EMERGENCY = 10;

const STATES = {
  approve: { state: 'approved' },
  reject: { state: 'rejected' },
  override: { state: 'overridden' },
} as const;

/** Approvals as a caller may see and decide them; every attempt is audited. */
export class AuthorizedApprovals {
  readonly #service: ApprovalService;
  readonly #operations: OperationStore;
  readonly #authorizer: DatabaseAuthorizer;
  readonly #databases: DatabaseCatalog;
  readonly #people: PeopleDirectory;
  readonly #second: SecondPerson;
  readonly #audit: AuditLog;
  readonly #clock: () => Date;

  constructor(options: {
    readonly service: ApprovalService;
    readonly operations: OperationStore;
    readonly authorizer: DatabaseAuthorizer;
    readonly databases: DatabaseCatalog;
    readonly people: PeopleDirectory;
    readonly userInfo: UserInfoService;
    readonly audit: AuditLog;
    readonly clock: () => Date;
  }) {
    this.#service = options.service;
    this.#operations = options.operations;
    this.#authorizer = options.authorizer;
    this.#databases = options.databases;
    this.#people = options.people;
    this.#second = new SecondPerson(options);
    this.#audit = options.audit;
    this.#clock = options.clock;
  }

  async get(caller: Caller, operationId: string): Promise<Approval> {
    const { operation, approval } = await this.#service.get(operationId);
    await this.#authorizer.assertAllowed(
      caller,
      databaseReadPermission,
      approval.databaseId,
    );
    return this.#view(caller, operation, approval);
  }

  async decide(
    caller: Caller,
    operationId: string,
    decision: ApprovalDecision,
  ): Promise<Approval> {
    await this.#assertMayDecide(caller, operationId, decision.decision);
    const { approval } = await this.#service.get(operationId);
    try {
      await this.#decide(caller, approval, decision);
    } catch (error) {
      await this.#refused(caller, approval, decision, toError(error));
      throw error;
    }
    return this.get(caller, operationId);
  }

  async review(
    caller: Caller,
    operationId: string,
    note: string,
  ): Promise<Approval> {
    await this.#assertMayDecide(caller, operationId, 'review');
    const { approval } = await this.#service.get(operationId);
    const actor = actorOf(caller);
    try {
      const { refusal } = await this.#mayApprove(caller, approval);
      if (refusal) {
        throw new NotAllowedError(refusal);
      }
      if (await this.#people.areSame(approval.decidedBy ?? '', actor)) {
        throw new NotAllowedError(
          'Who went ahead without approval cannot review it; ask another approver.',
        );
      }
      await this.#service.review(approval, {
        reviewedBy: actor,
        note: assertReason(note, SHORTEST_REJECTION),
      });
    } catch (error) {
      await this.#refused(
        caller,
        approval,
        { decision: 'review' },
        toError(error),
      );
      throw error;
    }
    return this.get(caller, operationId);
  }

  async #decide(
    caller: Caller,
    approval: StoredApproval,
    decision: ApprovalDecision,
  ): Promise<void> {
    const { operationId, subject } = approval;
    const override = decision.decision === 'override';
    const right = override
      ? await this.#mayOverride(caller, approval)
      : await this.#mayApprove(caller, approval);
    if (right.refusal) {
      throw new NotAllowedError(right.refusal);
    }
    if (
      decision.subjectHash !== approval.subjectHash ||
      subjectHash(subject) !== approval.subjectHash
    ) {
      throw new ConflictError(
        `What you decided on is not what operation ${operationId} would do; read it again before you decide.`,
      );
    }
    if (approval.expiresAt <= this.#clock().toISOString()) {
      await this.#service.expireOverdue();
      throw new ConflictError(
        `The time to decide on operation ${operationId} was over at ${approval.expiresAt}; it has to be requested again.`,
      );
    }
    await this.#service.decide(approval, {
      ...STATES[decision.decision],
      decidedBy: actorOf(caller),
      decidedAs: right.as,
      reason: reasonOf(decision),
    });
  }

  /** The rule as the policy has it now; what was noted when it has none any more. */
  #ruleOf(approval: StoredApproval) {
    return (
      ruleFor(this.#databases.get(approval.databaseId), {
        kind: approval.subject.kind,
        parameters: approval.subject.parameters,
        requestedBy: approval.requestedBy,
      }) ?? approval
    );
  }

  async #mayApprove(caller: Caller, approval: StoredApproval): Promise<Right> {
    const { databaseId, requestedBy } = approval;
    const { approvers } = this.#ruleOf(approval);
    return this.#second.mayApprove(caller, {
      databaseId,
      approvers,
      requestedBy: [requestedBy],
    });
  }

  async #mayOverride(caller: Caller, approval: StoredApproval): Promise<Right> {
    const notPerson = personRefusal(caller);
    if (notPerson) {
      return { as: [], refusal: notPerson };
    }
    const { databaseId, subject } = approval;
    const { emergency } = this.#ruleOf(approval);
    const as = await this.#second.names(caller, emergency);
    if (as.length === 0) {
      return {
        as,
        refusal: `The policy of database '${databaseId}' does not let you go ahead in an emergency; ${emergency.length > 0 ? `it names ${emergency.join(', ')}` : 'it names nobody'}.`,
      };
    }
    return (await this.#authorizer.mayRun(caller, databaseId, subject.kind))
      ? { as }
      : {
          as,
          refusal: `You may not start ${aKind(subject.kind)} of database '${databaseId}', so you cannot override its approval either.`,
        };
  }

  /**
   * Services decide nothing, and who may decide on nothing of a database
   * learns nothing of what waits there.
   */
  async #assertMayDecide(
    caller: Caller,
    operationId: string,
    verb: string,
  ): Promise<void> {
    const operation = await this.#operations.get(operationId);
    const databaseId = operation?.databaseId ?? '';
    const refusal =
      personRefusal(caller) ??
      ((await this.#mayDecideSomething(caller, operation))
        ? undefined
        : `You may not ${verb} operation ${operationId}; ask the owner of its database for the permission '${databaseApprovePermission.name}'.`);
    if (!refusal) {
      return;
    }
    await this.#audit.append({
      actor: actorOf(caller),
      action: `operation.${verb}`,
      databaseId: databaseId || undefined,
      operationId,
      outcome: 'denied',
      sentence: `${actorOf(caller)} tried to ${verb} operation ${operationId}. ${refusal}`,
    });
    throw new NotAllowedError(refusal);
  }

  async #mayDecideSomething(
    caller: Caller,
    operation: Operation | undefined,
  ): Promise<boolean> {
    const { databaseId = '', kind = 'restore' } = operation ?? {};
    return (
      (await this.#authorizer.may(
        caller,
        databaseApprovePermission,
        databaseId,
      )) || this.#authorizer.mayRun(caller, databaseId, kind)
    );
  }

  async #refused(
    caller: Caller,
    { operationId, databaseId, subject }: StoredApproval,
    { decision, ...rest }: { decision: string; subjectHash?: string },
    error: Error,
  ): Promise<void> {
    await this.#audit.append({
      actor: actorOf(caller),
      action: `operation.${decision}`,
      databaseId,
      operationId,
      outcome: error instanceof NotAllowedError ? 'denied' : 'failed',
      sentence: `${actorOf(caller)} tried to ${decision} the ${subject.kind} of database '${databaseId}'. ${error.message}`,
      details: {
        kind: subject.kind,
        ...(rest.subjectHash && { subjectHash: rest.subjectHash }),
      },
    });
  }

  async #view(
    caller: Caller,
    operation: Operation,
    approval: StoredApproval,
  ): Promise<Approval> {
    const pending =
      approval.state === 'pending' && operation.state === 'awaiting-approval';
    const approve = await this.#mayApprove(caller, approval);
    const override = await this.#mayOverride(caller, approval);
    return {
      operationId: approval.operationId,
      databaseId: approval.databaseId,
      state: summaryOf(approval, operation).state,
      subject: subjectJson(approval.subject),
      subjectSentence: subjectSentence(approval.subject),
      subjectHash: approval.subjectHash,
      requestedBy: approval.requestedBy,
      requestedAt: approval.requestedAt,
      reason: operation.reason,
      approvers: [...approval.approvers],
      emergency: [...approval.emergency],
      expiresAt: approval.expiresAt,
      mayApprove: pending && !approve.refusal,
      mayApproveReason: approve.refusal,
      mayOverride: pending && !override.refusal,
      decidedBy: approval.decidedBy,
      decidedAt: approval.decidedAt,
      decisionReason: approval.decisionReason,
      reviewedBy: approval.reviewedBy,
      reviewedAt: approval.reviewedAt,
      reviewNote: approval.reviewNote,
    };
  }
}

function reasonOf({ decision, reason }: ApprovalDecision): string | undefined {
  switch (decision) {
    case 'reject':
      return assertReason(reason, SHORTEST_REJECTION);
    case 'override':
      return assertReason(reason, SHORTEST_EMERGENCY);
    default:
      return reason;
  }
}
