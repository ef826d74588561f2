import { ResponseError } from '@backstage/errors';
import {
  ApprovalDecision,
  DatabaseOpsApiClient,
  GetAuditEvents,
  GetDatabases,
  GetOperations,
  GetReachability,
  MaintenanceRequest,
  OperationRequest,
  PinRequest,
  RetryRequest,
  SessionCancellationRequest,
  TypedResponse,
} from 'backstage-plugin-database-ops-common';
import { DeniedError } from '../errors';
import { Session } from '../session/SessionStore';
import { fetchPortal } from './fetchPortal';

const PAGE_ROWS = 200;

/** The portal's API as one signed-in person sees it; errors carry the API's own sentence. */
export class PortalClient {
  readonly #client: DatabaseOpsApiClient;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
    this.#client = new DatabaseOpsApiClient({
      discoveryApi: {
        getBaseUrl: async pluginId => `${session.url}/api/${pluginId}`,
      },
      fetchApi: { fetch: fetchPortal },
    });
  }

  get #auth() {
    return { token: this.#session.token };
  }

  databases(query: GetDatabases['query'] = {}) {
    return this.#body(
      this.#client.getDatabases(
        { query: { limit: PAGE_ROWS, ...query } },
        this.#auth,
      ),
    );
  }

  database(databaseId: string) {
    return this.#body(
      this.#client.getDatabase({ path: { databaseId } }, this.#auth),
    );
  }

  health(databaseId: string) {
    return this.#body(
      this.#client.getHealth({ path: { databaseId } }, this.#auth),
    );
  }

  recoveryWindow(databaseId: string) {
    return this.#body(
      this.#client.getRecoveryWindow({ path: { databaseId } }, this.#auth),
    );
  }

  backups(databaseId: string) {
    return this.#body(
      this.#client.getBackups(
        { path: { databaseId }, query: { limit: PAGE_ROWS } },
        this.#auth,
      ),
    );
  }

  restoredInstances(databaseId: string) {
    return this.#body(
      this.#client.getRestoredInstances({ path: { databaseId } }, this.#auth),
    );
  }

  restoredInstance(restoredInstanceId: string) {
    return this.#body(
      this.#client.getRestoredInstance(
        { path: { restoredInstanceId } },
        this.#auth,
      ),
    );
  }

  operations(query: GetOperations['query'] = {}) {
    return this.#body(this.#client.getOperations({ query }, this.#auth));
  }

  operation(operationId: string) {
    return this.#body(
      this.#client.getOperation({ path: { operationId } }, this.#auth),
    );
  }

  operationEvents(operationId: string, after: number) {
    return this.#body(
      this.#client.getOperationEvents(
        { path: { operationId }, query: { after, limit: 500 } },
        this.#auth,
      ),
    );
  }

  createOperation(request: OperationRequest, idempotencyKey: string) {
    return this.#body(
      this.#client.createOperation(
        { body: request, header: { idempotencyKey } },
        this.#auth,
      ),
    );
  }

  cancelOperation(operationId: string) {
    return this.#body(
      this.#client.cancelOperation({ path: { operationId } }, this.#auth),
    );
  }

  auditEvents(query: GetAuditEvents['query'] = {}) {
    return this.#body(this.#client.getAuditEvents({ query }, this.#auth));
  }

  auditChain() {
    return this.#body(this.#client.getAuditChain({}, this.#auth));
  }

  proofs(databaseId: string) {
    return this.#body(
      this.#client.getProofs(
        { path: { databaseId }, query: { limit: PAGE_ROWS } },
        this.#auth,
      ),
    );
  }

  reachability(databaseId: string, query: GetReachability['query']) {
    return this.#body(
      this.#client.getReachability({ path: { databaseId }, query }, this.#auth),
    );
  }

  objectives(databaseId: string) {
    return this.#body(
      this.#client.getObjectives({ path: { databaseId } }, this.#auth),
    );
  }

  reconcile(databaseId: string) {
    return this.#body(
      this.#client.reconcileDatabase({ path: { databaseId } }, this.#auth),
    );
  }

  repositories() {
    return this.#body(this.#client.getRepositories({}, this.#auth));
  }

  retentionPreview(databaseId: string, repositoryId?: string) {
    return this.#body(
      this.#client.getRetentionPreview(
        { path: { databaseId }, query: { repositoryId } },
        this.#auth,
      ),
    );
  }

  pins(databaseId: string) {
    return this.#body(
      this.#client.getPins({ path: { databaseId } }, this.#auth),
    );
  }

  createPin(databaseId: string, body: PinRequest) {
    return this.#body(
      this.#client.createPin({ path: { databaseId }, body }, this.#auth),
    );
  }

  deletePin(databaseId: string, pinId: string) {
    return this.#body(
      this.#client.deletePin({ path: { databaseId, pinId } }, this.#auth),
    );
  }

  approval(operationId: string) {
    return this.#body(
      this.#client.getApproval({ path: { operationId } }, this.#auth),
    );
  }

  decideApproval(operationId: string, body: ApprovalDecision) {
    return this.#body(
      this.#client.decideApproval({ path: { operationId }, body }, this.#auth),
    );
  }

  reviewOverride(operationId: string, note: string) {
    return this.#body(
      this.#client.reviewOverride(
        { path: { operationId }, body: { note } },
        this.#auth,
      ),
    );
  }

  retryOperation(
    operationId: string,
    body: RetryRequest,
    idempotencyKey: string,
  ) {
    return this.#body(
      this.#client.retryOperation(
        { path: { operationId }, body, header: { idempotencyKey } },
        this.#auth,
      ),
    );
  }

  maintenancePreview(databaseId: string, action: string) {
    return this.#body(
      this.#client.getMaintenancePreview(
        { path: { databaseId }, query: { action } },
        this.#auth,
      ),
    );
  }

  statements(databaseId: string, limit: number) {
    return this.#body(
      this.#client.getStatements(
        { path: { databaseId }, query: { limit } },
        this.#auth,
      ),
    );
  }

  sessions(databaseId: string) {
    return this.#body(
      this.#client.getSessions({ path: { databaseId } }, this.#auth),
    );
  }

  cancelSession(
    databaseId: string,
    sessionId: string,
    body: SessionCancellationRequest,
  ) {
    return this.#body(
      this.#client.cancelSession(
        { path: { databaseId, sessionId }, body },
        this.#auth,
      ),
    );
  }

  queryRestoredInstance(restoredInstanceId: string, statement: string) {
    return this.#body(
      this.#client.queryRestoredInstance(
        { path: { restoredInstanceId }, body: { statement } },
        this.#auth,
      ),
    );
  }

  maintenanceModes() {
    return this.#body(this.#client.getMaintenanceModes({}, this.#auth));
  }

  startMaintenance(scope: string, body: MaintenanceRequest) {
    return this.#body(
      this.#client.startMaintenance({ path: { scope }, body }, this.#auth),
    );
  }

  endMaintenance(scope: string) {
    return this.#body(
      this.#client.endMaintenance({ path: { scope } }, this.#auth),
    );
  }

  async #body<T>(pending: Promise<TypedResponse<T>>): Promise<T> {
    const response = await pending;
    if (response.ok) {
      return response.json();
    }
    const error = await ResponseError.fromResponse(response);
    const sentence = error.body.error.message || error.message;
    if (response.status === 401) {
      throw new DeniedError(
        `${this.#session.url} does not accept the token (${sentence}); run: dbops login`,
      );
    }
    if (response.status === 403) {
      throw new DeniedError(sentence);
    }
    throw error;
  }
}
