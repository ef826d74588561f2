import { JsonObject } from '@backstage/types';
import {
  ApprovalSummary,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import { RestoreMode } from '../policies/types';

/**
 * Exactly what runs when it is approved. Its hash covers the operation's id,
 * so that an approval is worth nothing to another operation.
 */
export interface ApprovalSubject {
  readonly version: 1;
  readonly operationId: string;
  readonly databaseId: string;
  readonly kind: OperationKind;
  /** Resolved: no "latest" stands in them. */
  readonly parameters: JsonObject;
  readonly target: ApprovalTarget;
}

/** What the operation acts on, as it was when it was requested. */
export interface ApprovalTarget {
  /** Absent for what restores nothing. */
  readonly mode?: RestoreMode;
  readonly repositoryId?: string;
  readonly restoredInstanceId?: string;
  /** The one host that may run it. */
  readonly host?: string;
  readonly directory?: string;
  readonly backupId?: string;
  /** Identity of the data, for example PostgreSQL's system identifier. */
  readonly systemId?: string;
  readonly moment?: JsonObject;
}

export type StoredApprovalState = Exclude<
  ApprovalSummary['state'],
  'withdrawn'
>;

/** A row of `approvals`, read. */
export interface StoredApproval {
  readonly operationId: string;
  readonly databaseId: string;
  readonly state: StoredApprovalState;
  readonly subject: ApprovalSubject;
  readonly subjectHash: string;
  readonly approvers: readonly string[];
  readonly emergency: readonly string[];
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly decidedBy?: string;
  readonly decidedAt?: string;
  readonly decisionReason?: string;
  readonly decidedAs?: readonly string[];
  readonly reviewedBy?: string;
  readonly reviewedAt?: string;
  readonly reviewNote?: string;
}
