import { DiscoveryApi, FetchApi } from '@backstage/core-plugin-api';
import { ResponseError } from '@backstage/errors';
import {
  ApprovalDecision,
  DatabaseOpsApiClient,
  ExportAuditEvents,
  ForgettingRequest,
  GetAuditEvents,
  GetBlastRadius,
  GetDatabases,
  GetOperations,
  GetPolicies,
  GetReachability,
  MaintenanceRequest,
  OperationRequest,
  PinRequest,
  RetryRequest,
  SessionCancellationRequest,
  TypedResponse,
} from 'backstage-plugin-database-ops-common';
import { DatabaseOpsApi, PageRequest, PanelRange } from './DatabaseOpsApi';

/**
 * {@link DatabaseOpsApi} over HTTP: the API's client, with error bodies
 * turned into `ResponseError`.
 *
 * @public
 */
export class DatabaseOpsClient implements DatabaseOpsApi {
  readonly #client: DatabaseOpsApiClient;

  constructor(options: { discoveryApi: DiscoveryApi; fetchApi: FetchApi }) {
    this.#client = new DatabaseOpsApiClient(options);
  }

  getSummary() {
    return body(this.#client.getSummary({}));
  }

  getPolicies(query: GetPolicies['query'] = {}) {
    return body(this.#client.getPolicies({ query }));
  }

  previewPolicies(policies: Record<string, unknown>) {
    return body(this.#client.previewPolicies({ body: { policies } }));
  }

  getRepositories() {
    return body(this.#client.getRepositories({}));
  }

  getDatabases(query: GetDatabases['query'] = {}) {
    return body(this.#client.getDatabases({ query }));
  }

  getDatabase(databaseId: string) {
    return body(this.#client.getDatabase({ path: { databaseId } }));
  }

  getHealth(databaseId: string) {
    return body(this.#client.getHealth({ path: { databaseId } }));
  }

  getBackups(databaseId: string, page: PageRequest = {}) {
    return body(
      this.#client.getBackups({ path: { databaseId }, query: { ...page } }),
    );
  }

  getRecoveryWindow(databaseId: string) {
    return body(this.#client.getRecoveryWindow({ path: { databaseId } }));
  }

  getReachability(databaseId: string, query: GetReachability['query']) {
    return body(this.#client.getReachability({ path: { databaseId }, query }));
  }

  getObjectives(databaseId: string) {
    return body(this.#client.getObjectives({ path: { databaseId } }));
  }

  getProofs(databaseId: string, page: PageRequest = {}) {
    return body(
      this.#client.getProofs({ path: { databaseId }, query: { ...page } }),
    );
  }

  getBlastRadius(databaseId: string, query: GetBlastRadius['query']) {
    return body(this.#client.getBlastRadius({ path: { databaseId }, query }));
  }

  getMaintenancePreview(databaseId: string, action: string) {
    return body(
      this.#client.getMaintenancePreview({
        path: { databaseId },
        query: { action },
      }),
    );
  }

  getStatements(databaseId: string) {
    return body(
      this.#client.getStatements({ path: { databaseId }, query: {} }),
    );
  }

  getSessions(databaseId: string) {
    return body(this.#client.getSessions({ path: { databaseId } }));
  }

  cancelSession(
    databaseId: string,
    sessionId: string,
    request: SessionCancellationRequest,
  ) {
    return body(
      this.#client.cancelSession({
        path: { databaseId, sessionId },
        body: request,
      }),
    );
  }

  reconcileDatabase(databaseId: string) {
    return body(this.#client.reconcileDatabase({ path: { databaseId } }));
  }

  getRetentionPreview(databaseId: string, repositoryId?: string) {
    return body(
      this.#client.getRetentionPreview({
        path: { databaseId },
        query: { repositoryId },
      }),
    );
  }

  getPins(databaseId: string) {
    return body(this.#client.getPins({ path: { databaseId } }));
  }

  createPin(databaseId: string, request: PinRequest) {
    return body(
      this.#client.createPin({ path: { databaseId }, body: request }),
    );
  }

  deletePin(databaseId: string, pinId: string) {
    return body(this.#client.deletePin({ path: { databaseId, pinId } }));
  }

  getRestoredInstances(databaseId: string) {
    return body(this.#client.getRestoredInstances({ path: { databaseId } }));
  }

  queryRestoredInstance(restoredInstanceId: string, statement: string) {
    return body(
      this.#client.queryRestoredInstance({
        path: { restoredInstanceId },
        body: { statement },
      }),
    );
  }

  forgetRestoredInstance(
    restoredInstanceId: string,
    request: ForgettingRequest,
  ) {
    return body(
      this.#client.forgetRestoredInstance({
        path: { restoredInstanceId },
        body: request,
      }),
    );
  }

  getAlerts(databaseId: string) {
    return body(this.#client.getAlerts({ path: { databaseId } }));
  }

  getPanels(databaseId: string) {
    return body(this.#client.getPanels({ path: { databaseId } }));
  }

  getPanelData(databaseId: string, panelId: string, range: PanelRange) {
    const query = {
      _from: range.fromSeconds,
      to: range.toSeconds,
      stepSeconds: range.stepSeconds,
    };
    return body(
      this.#client.getPanelData({ path: { databaseId, panelId }, query }),
    );
  }

  getOperations(query: GetOperations['query'] = {}) {
    return body(this.#client.getOperations({ query }));
  }

  getOperation(operationId: string) {
    return body(this.#client.getOperation({ path: { operationId } }));
  }

  getOperationEvents(operationId: string, afterSeq: number) {
    return body(
      this.#client.getOperationEvents({
        path: { operationId },
        query: { after: afterSeq, limit: 500 },
      }),
    );
  }

  createOperation(request: OperationRequest, idempotencyKey: string) {
    return body(
      this.#client.createOperation({
        body: request,
        header: { idempotencyKey },
      }),
    );
  }

  cancelOperation(operationId: string) {
    return body(this.#client.cancelOperation({ path: { operationId } }));
  }

  retryOperation(
    operationId: string,
    request: RetryRequest,
    idempotencyKey: string,
  ) {
    return body(
      this.#client.retryOperation({
        path: { operationId },
        body: request,
        header: { idempotencyKey },
      }),
    );
  }

  getApproval(operationId: string) {
    return body(this.#client.getApproval({ path: { operationId } }));
  }

  decideApproval(operationId: string, decision: ApprovalDecision) {
    return body(
      this.#client.decideApproval({ path: { operationId }, body: decision }),
    );
  }

  reviewOverride(operationId: string, note: string) {
    return body(
      this.#client.reviewOverride({ path: { operationId }, body: { note } }),
    );
  }

  getMaintenanceModes() {
    return body(this.#client.getMaintenanceModes({}));
  }

  startMaintenance(scope: string, request: MaintenanceRequest) {
    return body(
      this.#client.startMaintenance({ path: { scope }, body: request }),
    );
  }

  endMaintenance(scope: string) {
    return body(this.#client.endMaintenance({ path: { scope } }));
  }

  getAuditEvents(query: GetAuditEvents['query'] = {}) {
    return body(this.#client.getAuditEvents({ query }));
  }

  getAuditChain() {
    return body(this.#client.getAuditChain({}));
  }

  async exportAuditEvents(query: ExportAuditEvents['query']) {
    const response = await this.#client.exportAuditEvents({ query });
    if (!response.ok) {
      throw await ResponseError.fromResponse(response);
    }
    return response.text();
  }
}

async function body<T>(pending: Promise<TypedResponse<T>>): Promise<T> {
  const response = await pending;
  if (!response.ok) {
    throw await ResponseError.fromResponse(response);
  }
  return response.json();
}
