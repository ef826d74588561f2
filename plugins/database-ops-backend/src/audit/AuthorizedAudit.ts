import { NotAllowedError } from '@backstage/errors';
import {
  AuditChain,
  databaseAuditPermission,
} from 'backstage-plugin-database-ops-common';
import { PageRequest } from '../database/page';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { AuditFilter } from './auditFilter';
import { AuditLog } from './AuditLog';
import { AuditPage, AuditStore } from './AuditStore';
import { ChainKeeper } from './ChainKeeper';
import { ExportFormat, exportLines } from './exportEvents';

type Question = Omit<AuditFilter, 'databaseIds'>;

/** The audit history as a caller may see it. */
export class AuthorizedAudit {
  readonly #store: AuditStore;
  readonly #audit: AuditLog;
  readonly #keeper: ChainKeeper;
  readonly #authorizer: DatabaseAuthorizer;

  constructor(options: {
    readonly store: AuditStore;
    readonly audit: AuditLog;
    readonly keeper: ChainKeeper;
    readonly authorizer: DatabaseAuthorizer;
  }) {
    this.#store = options.store;
    this.#audit = options.audit;
    this.#keeper = options.keeper;
    this.#authorizer = options.authorizer;
  }

  async list(
    caller: Caller,
    filter: Question & PageRequest,
  ): Promise<AuditPage> {
    const databaseIds = await this.#readableIds(caller, 'read');
    return this.#store.list({ ...filter, databaseIds });
  }

  /** The whole answer to a question as text; that somebody took it away is recorded first. */
  async export(
    caller: Caller,
    filter: Question,
    format: ExportFormat,
  ): Promise<AsyncIterable<string>> {
    const databaseIds = await this.#readableIds(caller, 'export');
    await this.#audit.append({
      actor: actorOf(caller),
      action: 'audit.export',
      databaseId: filter.databaseId,
      outcome: 'accepted',
      sentence: `${actorOf(caller)} exported audit events as ${format}.`,
      details: { format, filter: { ...filter } },
    });
    return exportLines(this.#store.stream({ ...filter, databaseIds }), format);
  }

  async verify(caller: Caller): Promise<AuditChain> {
    await this.#readableIds(caller, 'verify');
    return this.#keeper.verifyNow();
  }

  async #readableIds(
    caller: Caller,
    verb: 'read' | 'export' | 'verify',
  ): Promise<readonly string[] | undefined> {
    const databaseIds = await this.#authorizer.allowedIds(
      caller,
      databaseAuditPermission,
    );
    if (databaseIds?.length === 0) {
      await this.#audit.append({
        actor: actorOf(caller),
        action: `audit.${verb}`,
        outcome: 'denied',
        sentence: `${actorOf(caller)} tried to ${verb} the audit history without permission.`,
      });
      throw new NotAllowedError(
        `You may not ${verb} the audit history of any database; ask an owner for the permission '${databaseAuditPermission.name}'.`,
      );
    }
    return databaseIds;
  }
}
