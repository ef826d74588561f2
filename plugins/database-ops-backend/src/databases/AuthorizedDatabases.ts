import { NotFoundError } from '@backstage/errors';
import {
  Database,
  databaseApprovePermission,
  databaseAuditPermission,
  databaseQueryPermission,
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
  DatabaseOverview,
  DatabaseViews,
  compareKeys,
  matches,
  sortKey,
} from './DatabaseViews';
import { DatabaseCatalog, ManagedDatabase } from './types';

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
  async listAll(caller: Caller): Promise<readonly DatabaseOverview[]> {
    const readable = await this.#authorizer.allowed(
      caller,
      databaseReadPermission,
    );
    return (await this.#views.overview()).filter(({ id }) => {
      const database = this.#databases.get(id);
      return database !== undefined && readable.allows(database);
    });
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
      ? all.filter(database => compareKeys(sortKey(database), after) > 0)
      : all;
    const items = rest.slice(0, limit);
    return {
      items: await this.#complete(caller, items),
      totalItems: all.length,
      nextCursor:
        rest.length > limit
          ? encodeCursor(sortKey(items[items.length - 1]))
          : undefined,
    };
  }

  async get(caller: Caller, databaseId: string): Promise<Database> {
    const database = await this.readable(caller, databaseId);
    const [described] = await this.#complete(caller, [
      await this.#views.overviewOf(database),
    ]);
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

  async #complete(
    caller: Caller,
    overviews: readonly DatabaseOverview[],
  ): Promise<readonly Database[]> {
    const [audit, approve, query, mayRun, mayRestore, mayRetain] =
      await Promise.all([
        this.#authorizer.allowed(caller, databaseAuditPermission),
        this.#authorizer.allowed(caller, databaseApprovePermission),
        this.#authorizer.allowed(caller, databaseQueryPermission),
        this.#authorizer.runnable(caller, 'backup'),
        this.#authorizer.runnable(caller, 'restore'),
        this.#authorizer.runnable(caller, 'expire'),
      ]);
    const isUser = caller.principal.type === 'user';
    const may = (
      databaseId: string,
      allows: (database: ManagedDatabase) => boolean,
    ) => {
      const database = this.#databases.get(databaseId);
      return database !== undefined && allows(database);
    };
    return this.#views.complete(overviews, id => ({
      run: may(id, mayRun),
      restore: may(id, mayRestore),
      retain: may(id, mayRetain),
      audit: may(id, audit.allows),
      approve: isUser && may(id, approve.allows),
      query: isUser && may(id, query.allows),
    }));
  }
}
