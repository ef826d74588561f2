import { NotFoundError } from '@backstage/errors';
import {
  Operation,
  OperationEvent,
  OperationKind,
  databaseReadPermission,
} from 'backstage-plugin-database-ops-common';
import { AuditLog } from '../audit/AuditLog';
import { Page } from '../database/page';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { Guard, assertMayRun } from '../permissions/assertMayRun';
import { aKind } from './aKind';
import { OperationService } from './OperationService';
import { OperationFilter, OperationStore } from './OperationStore';
import { OperationViews } from './OperationViews';
import { RequestedOperation } from './requests/types';

/** Operations as a caller may see and change them; denied changes are audited. */
export class AuthorizedOperations {
  readonly #service: OperationService;
  readonly #store: OperationStore;
  readonly #views: OperationViews;
  readonly #authorizer: DatabaseAuthorizer;
  readonly #guard: Guard;

  constructor(options: {
    readonly service: OperationService;
    readonly store: OperationStore;
    readonly views: OperationViews;
    readonly authorizer: DatabaseAuthorizer;
    readonly audit: AuditLog;
  }) {
    this.#service = options.service;
    this.#store = options.store;
    this.#views = options.views;
    this.#authorizer = options.authorizer;
    this.#guard = options;
  }

  async request(
    caller: Caller,
    request: RequestedOperation,
    idempotencyKey: string,
  ): Promise<Operation> {
    await this.#assertMayRun(caller, {
      action: 'operation.create',
      databaseId: request.databaseId,
      kind: request.kind,
      verb: 'start',
    });
    return this.#service.request(request, {
      requestedBy: actorOf(caller),
      idempotencyKey,
    });
  }

  /** Requests again what failed, with the right that its kind needs. */
  async retry(
    caller: Caller,
    operationId: string,
    again: Pick<RequestedOperation, 'confirmation' | 'reason'>,
    idempotencyKey: string,
  ): Promise<Operation> {
    const operation = await this.#store.get(operationId);
    await this.#assertMayRun(caller, {
      action: 'operation.retry',
      databaseId: operation?.databaseId ?? '',
      kind: operation?.kind ?? 'restore',
      operationId,
      verb: 'retry',
    });
    return this.#service.retry(operationId, again, {
      requestedBy: actorOf(caller),
      idempotencyKey,
    });
  }

  async cancel(caller: Caller, operationId: string): Promise<Operation> {
    const operation = await this.#store.get(operationId);
    await this.#assertMayRun(caller, {
      action: 'operation.cancel',
      databaseId: operation?.databaseId ?? '',
      // Who may start nothing of any database learns nothing about ids either.
      kind: operation?.kind ?? 'restore',
      operationId,
      verb: 'cancel',
    });
    return this.#service.cancel(operationId, actorOf(caller));
  }

  async list(
    caller: Caller,
    filter: OperationFilter,
  ): Promise<Page<Operation>> {
    const databaseIds = await this.#authorizer.allowedIds(
      caller,
      databaseReadPermission,
    );
    const page = await this.#store.list({ ...filter, databaseIds });
    return { ...page, items: await this.#views.describe(page.items) };
  }

  async get(caller: Caller, operationId: string): Promise<Operation> {
    const operation = await this.#readable(caller, operationId);
    const [described] = await this.#views.describe([operation]);
    return described;
  }

  async #readable(caller: Caller, operationId: string): Promise<Operation> {
    const operation = await this.#store.get(operationId);
    if (!operation) {
      throw new NotFoundError(
        `There is no operation ${operationId}; list operations for their ids.`,
      );
    }
    await this.#authorizer.assertAllowed(
      caller,
      databaseReadPermission,
      operation.databaseId,
    );
    return operation;
  }

  async events(
    caller: Caller,
    operationId: string,
    options: { readonly after: number; readonly limit: number },
  ): Promise<readonly OperationEvent[]> {
    await this.#readable(caller, operationId);
    return this.#store.events(operationId, options);
  }

  async #assertMayRun(
    caller: Caller,
    attempt: {
      readonly action: string;
      readonly databaseId: string;
      readonly kind: OperationKind;
      readonly operationId?: string;
      readonly verb: string;
    },
  ): Promise<void> {
    const { databaseId, kind, verb, ...rest } = attempt;
    const subject = databaseId
      ? `${aKind(kind)} of database '${databaseId}'`
      : `operation ${rest.operationId}`;
    await assertMayRun(this.#guard, caller, {
      ...rest,
      databaseId: databaseId || undefined,
      what: `${verb} ${subject}`,
      kind,
      details: { kind },
    });
  }
}
