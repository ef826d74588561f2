import { NotAllowedError } from '@backstage/errors';
import {
  AuditChain,
  AuditEvent,
  databaseAuditPermission,
} from 'backstage-plugin-database-ops-common';
import { Page } from '../database/page';
import { Caller, DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import { AuditFilter, AuditStore } from './AuditStore';

/** The audit history as a caller may see it. */
export class AuthorizedAudit {
  readonly #store: AuditStore;
  readonly #authorizer: DatabaseAuthorizer;

  constructor(options: {
    readonly store: AuditStore;
    readonly authorizer: DatabaseAuthorizer;
  }) {
    this.#store = options.store;
    this.#authorizer = options.authorizer;
  }

  async list(caller: Caller, filter: AuditFilter): Promise<Page<AuditEvent>> {
    const databaseIds = await this.#authorizer.allowedIds(
      caller,
      databaseAuditPermission,
    );
    if (databaseIds?.length === 0) {
      throw new NotAllowedError(
        `You may not read the audit history of any database; ask an owner for the permission '${databaseAuditPermission.name}'.`,
      );
    }
    return this.#store.list({ ...filter, databaseIds });
  }

  async verify(caller: Caller): Promise<AuditChain> {
    const databaseIds = await this.#authorizer.allowedIds(
      caller,
      databaseAuditPermission,
    );
    if (databaseIds?.length === 0) {
      throw new NotAllowedError(
        `You may not verify the audit history; ask an owner for the permission '${databaseAuditPermission.name}'.`,
      );
    }
    return this.#store.verify();
  }
}
