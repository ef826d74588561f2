import { createApiRef } from '@backstage/core-plugin-api';
import {
  AlertList,
  Approval,
  ApprovalDecision,
  AuditChain,
  AuditEventList,
  BackupList,
  BlastRadius,
  Database,
  DatabaseList,
  ExportAuditEvents,
  ForgettingRequest,
  GetAuditEvents,
  GetBlastRadius,
  GetDatabases,
  GetOperations,
  GetPolicies,
  GetReachability,
  HealthReport,
  MaintenanceMode,
  MaintenanceModeList,
  MaintenancePreview,
  MaintenanceRequest,
  Objectives,
  Operation,
  OperationEventList,
  OperationList,
  OperationRequest,
  PanelData,
  PanelList,
  Pin,
  PinList,
  PinRequest,
  PolicyList,
  PolicyPreview,
  ProofList,
  QueryResult,
  Reachability,
  Reconciliation,
  RecoveryWindow,
  RepositoryList,
  RestoredInstance,
  RestoredInstanceList,
  RetentionPreview,
  SessionCancellation,
  SessionCancellationRequest,
  SessionList,
  StatementList,
  Summary,
} from 'backstage-plugin-database-ops-common';

/**
 * A stretch of time for a panel, in epoch seconds.
 *
 * @public
 */
export interface PanelRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly stepSeconds?: number;
}

/**
 * A page of a list.
 *
 * @public
 */
export interface PageRequest {
  /** Rows a page. */
  readonly limit?: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string;
}

/**
 * What the pages ask the backend. Every method rejects with a `ResponseError`
 * of `@backstage/errors` when the backend answers with an error; its body
 * holds the sentence to show.
 *
 * @public
 */
export interface DatabaseOpsApi {
  getSummary(): Promise<Summary>;
  /** All policies, or the one that holds for a database with its overrides. */
  getPolicies(query?: GetPolicies['query']): Promise<PolicyList>;
  /** What a change of policies would do; changes nothing. */
  previewPolicies(policies: Record<string, unknown>): Promise<PolicyPreview>;
  getRepositories(): Promise<RepositoryList>;
  getDatabases(query?: GetDatabases['query']): Promise<DatabaseList>;
  getDatabase(databaseId: string): Promise<Database>;
  getHealth(databaseId: string): Promise<HealthReport>;
  getBackups(databaseId: string, page?: PageRequest): Promise<BackupList>;
  getRecoveryWindow(databaseId: string): Promise<RecoveryWindow>;
  /** Whether a moment can be restored, from what, and how long it would take. */
  getReachability(
    databaseId: string,
    query: GetReachability['query'],
  ): Promise<Reachability>;
  getObjectives(databaseId: string): Promise<Objectives>;
  getProofs(databaseId: string, page?: PageRequest): Promise<ProofList>;
  /** Who and what a restore, a promotion or a rollback would touch. */
  getBlastRadius(
    databaseId: string,
    query: GetBlastRadius['query'],
  ): Promise<BlastRadius>;
  /** What a maintenance action would do, object by object; does nothing. */
  getMaintenancePreview(
    databaseId: string,
    action: string,
  ): Promise<MaintenancePreview>;
  /** The statements that took most time, normalised. */
  getStatements(databaseId: string): Promise<StatementList>;
  /** What runs now, and who waits for whom. */
  getSessions(databaseId: string): Promise<SessionList>;
  /** Cancels the statement that a session runs; the session stays. */
  cancelSession(
    databaseId: string,
    sessionId: string,
    request: SessionCancellationRequest,
  ): Promise<SessionCancellation>;
  /** Compares the tables with the repository now. */
  reconcileDatabase(databaseId: string): Promise<Reconciliation>;
  /** Of one of the database's repositories; of the first when none is named. */
  getRetentionPreview(
    databaseId: string,
    repositoryId?: string,
  ): Promise<RetentionPreview>;
  getPins(databaseId: string): Promise<PinList>;
  createPin(databaseId: string, request: PinRequest): Promise<Pin>;
  /** Ends a pin; what it kept may be removed by the next expiry. */
  deletePin(databaseId: string, pinId: string): Promise<Pin>;
  getRestoredInstances(databaseId: string): Promise<RestoredInstanceList>;
  /** Runs one read-only statement on a paused restored copy. */
  queryRestoredInstance(
    restoredInstanceId: string,
    statement: string,
  ): Promise<QueryResult>;
  /** Gives up a lost one; nothing is removed, its files may still lie on its host. */
  forgetRestoredInstance(
    restoredInstanceId: string,
    request: ForgettingRequest,
  ): Promise<RestoredInstance>;
  getAlerts(databaseId: string): Promise<AlertList>;
  getPanels(databaseId: string): Promise<PanelList>;
  getPanelData(
    databaseId: string,
    panelId: string,
    range: PanelRange,
  ): Promise<PanelData>;
  getOperations(query?: GetOperations['query']): Promise<OperationList>;
  getOperation(operationId: string): Promise<Operation>;
  /** Events after a sequence number, oldest first. */
  getOperationEvents(
    operationId: string,
    afterSeq: number,
  ): Promise<OperationEventList>;
  /**
   * Requests an operation. The same idempotency key gives the same operation;
   * 409 names the operation that stands in the way.
   */
  createOperation(
    request: OperationRequest,
    idempotencyKey: string,
  ): Promise<Operation>;
  cancelOperation(operationId: string): Promise<Operation>;
  /** Requests what failed again, as a new operation that links to it. */
  retryOperation(
    operationId: string,
    request: { readonly confirmation?: string; readonly reason?: string },
    idempotencyKey: string,
  ): Promise<Operation>;
  getApproval(operationId: string): Promise<Approval>;
  /** Decides on exactly what the hash in the decision names. */
  decideApproval(
    operationId: string,
    decision: ApprovalDecision,
  ): Promise<Approval>;
  /** Records that somebody looked at an emergency override afterwards. */
  reviewOverride(operationId: string, note: string): Promise<Approval>;
  getMaintenanceModes(): Promise<MaintenanceModeList>;
  /** Pauses the queue of a database, or of all with the scope `global`. */
  startMaintenance(
    scope: string,
    request: MaintenanceRequest,
  ): Promise<MaintenanceMode>;
  endMaintenance(scope: string): Promise<MaintenanceModeList>;
  getAuditEvents(query?: GetAuditEvents['query']): Promise<AuditEventList>;
  getAuditChain(): Promise<AuditChain>;
  /** The events that match, as a file's text. */
  exportAuditEvents(query: ExportAuditEvents['query']): Promise<string>;
}

/**
 * Where the pages take their {@link DatabaseOpsApi} from.
 *
 * @public
 */
export const databaseOpsApiRef = createApiRef<DatabaseOpsApi>({
  id: 'plugin.database-ops.service',
});
