import { DiscoveryApi, FetchApi } from '@backstage/core-plugin-api';
import { ResponseError } from '@backstage/errors';
import {
  DatabaseOpsApiClient,
  GetAuditEvents,
  GetDatabases,
  GetOperations,
  OperationRequest,
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

  getPolicies() {
    return body(this.#client.getPolicies({}));
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

  getRestoredInstances(databaseId: string) {
    return body(this.#client.getRestoredInstances({ path: { databaseId } }));
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

  getAuditEvents(query: GetAuditEvents['query'] = {}) {
    return body(this.#client.getAuditEvents({ query }));
  }

  getAuditChain() {
    return body(this.#client.getAuditChain({}));
  }
}

async function body<T>(pending: Promise<TypedResponse<T>>): Promise<T> {
  const response = await pending;
  if (!response.ok) {
    throw await ResponseError.fromResponse(response);
  }
  return response.json();
}
