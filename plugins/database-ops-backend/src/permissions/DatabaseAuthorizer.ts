import {
  BackstageCredentials,
  BackstageUserPrincipal,
  BackstageServicePrincipal,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError } from '@backstage/errors';
import {
  AuthorizeResult,
  ResourcePermission,
} from '@backstage/plugin-permission-common';
import { createConditionAuthorizer } from '@backstage/plugin-permission-node';
import {
  OperationKind,
  RESTORE_OPERATION_KINDS,
  databaseOpsPausePermission,
  databaseRestorePermission,
  databaseRetainPermission,
  databaseRunPermission,
} from 'backstage-plugin-database-ops-common';
import { ServiceRight } from '../databases/readSettings';
import { DatabaseCatalog, ManagedDatabase } from '../databases/types';
import { databaseRules } from './databaseResource';

/** Who calls the API: a user, or a service under its subject. */
export type Caller = BackstageCredentials<
  BackstageUserPrincipal | BackstageServicePrincipal
>;

/** The name of a caller in operations and audit events. */
export function actorOf({ principal }: Caller): string {
  return principal.type === 'user'
    ? principal.userEntityRef
    : `service:${principal.subject}`;
}

/** The databases that a caller may act on. `everything` includes those no longer configured. */
export interface AllowedDatabases {
  readonly everything: boolean;
  readonly allows: (database: ManagedDatabase) => boolean;
}

/** The permission that a kind of operation needs. */
export function permissionOf(kind: OperationKind): ResourcePermission {
  if (kind === 'expire') {
    return databaseRetainPermission;
  }
  return RESTORE_OPERATION_KINDS.includes(kind)
    ? databaseRestorePermission
    : databaseRunPermission;
}

const conditionAuthorizer = createConditionAuthorizer(
  Object.values(databaseRules),
);

/**
 * Decides who may do what with a database. Users are decided by the portal's
 * permission policy. Services are too when they read; Backstage does not ask
 * the policy about services, so what they may change must stand in
 * `databaseOps.services`.
 */
export class DatabaseAuthorizer {
  readonly #permissions: PermissionsService;
  readonly #databases: DatabaseCatalog;
  readonly #services: readonly ServiceRight[];

  constructor(options: {
    readonly permissions: PermissionsService;
    readonly databases: DatabaseCatalog;
    readonly services: readonly ServiceRight[];
  }) {
    this.#permissions = options.permissions;
    this.#databases = options.databases;
    this.#services = options.services;
  }

  /** One question for any number of databases. */
  async allowed(
    caller: Caller,
    permission: ResourcePermission,
  ): Promise<AllowedDatabases> {
    const [decision] = await this.#permissions.authorizeConditional(
      [{ permission }],
      {
        credentials: caller,
      },
    );
    return {
      everything: decision.result === AuthorizeResult.ALLOW,
      allows: database => conditionAuthorizer(decision, database),
    };
  }

  /** Which databases a caller may start or cancel operations of a kind on. */
  async runnable(
    caller: Caller,
    kind: OperationKind,
  ): Promise<(database: ManagedDatabase) => boolean> {
    if (caller.principal.type === 'service') {
      const { subject } = caller.principal;
      return database => this.#isNamed(subject, database.id, kind);
    }
    return (await this.allowed(caller, permissionOf(kind))).allows;
  }

  /** Whether a caller may start or cancel operations of a kind on a database. */
  async mayRun(
    caller: Caller,
    databaseId: string,
    kind: OperationKind,
  ): Promise<boolean> {
    return caller.principal.type === 'service'
      ? this.#isNamed(caller.principal.subject, databaseId, kind)
      : this.#isAllowed(
          await this.allowed(caller, permissionOf(kind)),
          databaseId,
        );
  }

  /** Whether a caller may pause and resume the queue of all databases; no service may. */
  async mayPauseAll(caller: Caller): Promise<boolean> {
    if (caller.principal.type === 'service') {
      return false;
    }
    const [decision] = await this.#permissions.authorize(
      [{ permission: databaseOpsPausePermission }],
      { credentials: caller },
    );
    return decision.result === AuthorizeResult.ALLOW;
  }

  #isNamed(subject: string, databaseId: string, kind: OperationKind): boolean {
    return this.#services.some(
      right =>
        right.subject === subject &&
        right.databases.includes(databaseId) &&
        right.kinds.includes(kind),
    );
  }

  /** Whether a caller has a permission on a database. */
  async may(
    caller: Caller,
    permission: ResourcePermission,
    databaseId: string,
  ): Promise<boolean> {
    return this.#isAllowed(await this.allowed(caller, permission), databaseId);
  }

  /** @throws NotAllowedError naming database and permission. */
  async assertAllowed(
    caller: Caller,
    permission: ResourcePermission,
    databaseId: string,
  ): Promise<void> {
    if (!(await this.may(caller, permission, databaseId))) {
      throw new NotAllowedError(
        `You may not see this of database '${databaseId}'; ask its owner for the permission '${permission.name}'.`,
      );
    }
  }

  #isAllowed(allowed: AllowedDatabases, databaseId: string): boolean {
    const database = this.#databases.get(databaseId);
    return database ? allowed.allows(database) : allowed.everything;
  }

  /** Ids to filter by; `undefined` when the caller may see everything. */
  async allowedIds(
    caller: Caller,
    permission: ResourcePermission,
  ): Promise<readonly string[] | undefined> {
    const allowed = await this.allowed(caller, permission);
    return allowed.everything
      ? undefined
      : this.#databases
          .list()
          .filter(allowed.allows)
          .map(database => database.id);
  }
}
