import { NotFoundError } from '@backstage/errors';
import {
  Database,
  databaseApprovePermission,
  databaseAuditPermission,
  databaseReadPermission,
} from 'backstage-plugin-database-ops-common';
import {
  DEFAULT_PAGE_SIZE,
  Page,
  PageRequest,
  decodeCursor,
  encodeCursor,
} from '../database/page';
import { Caller, DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import {
  DatabaseFilter,
  DatabaseViews,
  matches,
  sortKey,
} from './DatabaseViews';
import { DatabaseCatalog, ManagedDatabase } from './types';

function compare(
  a: readonly (string | number)[],
  b: readonly (string | number)[],
): number {
  const index = a.findIndex((part, position) => part !== b[position]);
  if (index < 0) {
    return 0;
  }
  return a[index] < b[index] ? -1 : 1;
}

/** Databases as a caller may see them; whatever belongs to one is fetched through `assertReadable`. */
export class AuthorizedDatabases {
  readonly #databases: DatabaseCatalog;
  readonly #views: DatabaseViews;
  readonly #authorizer: DatabaseAuthorizer;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly views: DatabaseViews;
    readonly authorizer: DatabaseAuthorizer;
  }) {
    this.#databases = options.databases;
    this.#views = options.views;
    this.#authorizer = options.authorizer;
  }

  /** Every database that the caller may read, worst first. */
  async listAll(caller: Caller): Promise<readonly Database[]> {
    const readable = await this.#authorizer.allowed(
      caller,
      databaseReadPermission,
    );
    const databases = await this.#describe(
      caller,
      this.#databases.list().filter(readable.allows),
    );
    return [...databases].sort((a, b) => compare(sortKey(a), sortKey(b)));
  }

  async list(
    caller: Caller,
    filter: DatabaseFilter & PageRequest,
  ): Promise<Page<Database>> {
    const limit = filter.limit ?? DEFAULT_PAGE_SIZE;
    const all = (await this.listAll(caller)).filter(database =>
      matches(database, filter),
    );
    const after =
      filter.cursor &&
      decodeCursor<[number, string, string]>(filter.cursor, [
        'number',
        'string',
        'string',
      ]);
    const rest = after
      ? all.filter(database => compare(sortKey(database), after) > 0)
      : all;
    const items = rest.slice(0, limit);
    return {
      items,
      totalItems: all.length,
      nextCursor:
        rest.length > limit
          ? encodeCursor(sortKey(items[items.length - 1]))
          : undefined,
    };
  }

  async get(caller: Caller, databaseId: string): Promise<Database> {
    const database = await this.readable(caller, databaseId);
    const [described] = await this.#describe(caller, [database]);
    return described;
  }

  /**
   * The database, when the caller may read it.
   *
   * @throws NotFoundError when there is none, NotAllowedError when they may not.
   */
  async readable(caller: Caller, databaseId: string): Promise<ManagedDatabase> {
    await this.#authorizer.assertAllowed(
      caller,
      databaseReadPermission,
      databaseId,
    );
    const database = this.#databases.get(databaseId);
    if (!database) {
      throw new NotFoundError(
        `There is no database '${databaseId}'; it is an id from databaseOps.databases.`,
      );
    }
    return database;
  }

  async #describe(
    caller: Caller,
    databases: readonly ManagedDatabase[],
  ): Promise<readonly Database[]> {
    const audit = await this.#authorizer.allowed(
      caller,
      databaseAuditPermission,
    );
    const approve = await this.#authorizer.allowed(
      caller,
      databaseApprovePermission,
    );
    const mayRun = await this.#authorizer.runnable(caller, 'backup');
    const mayRestore = await this.#authorizer.runnable(caller, 'restore');
    const mayRetain = await this.#authorizer.runnable(caller, 'expire');
    return this.#views.describe(databases, database => ({
      run: mayRun(database),
      restore: mayRestore(database),
      retain: mayRetain(database),
      audit: audit.allows(database),
      approve: caller.principal.type === 'user' && approve.allows(database),
    }));
  }
}
