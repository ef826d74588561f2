import { createApiRef } from '@backstage/core-plugin-api';
import {
  AlertList,
  AuditChain,
  AuditEventList,
  BackupList,
  Database,
  DatabaseList,
  GetAuditEvents,
  GetDatabases,
  GetOperations,
  HealthReport,
  Operation,
  OperationEventList,
  OperationList,
  OperationRequest,
  PanelData,
  PanelList,
  PolicyList,
  RestoredInstanceList,
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
  getPolicies(): Promise<PolicyList>;
  getDatabases(query?: GetDatabases['query']): Promise<DatabaseList>;
  getDatabase(databaseId: string): Promise<Database>;
  getHealth(databaseId: string): Promise<HealthReport>;
  getBackups(databaseId: string, page?: PageRequest): Promise<BackupList>;
  getRestoredInstances(databaseId: string): Promise<RestoredInstanceList>;
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
  getAuditEvents(query?: GetAuditEvents['query']): Promise<AuditEventList>;
  getAuditChain(): Promise<AuditChain>;
}

/**
 * Where the pages take their {@link DatabaseOpsApi} from.
 *
 * @public
 */
export const databaseOpsApiRef = createApiRef<DatabaseOpsApi>({
  id: 'plugin.database-ops.service',
});
