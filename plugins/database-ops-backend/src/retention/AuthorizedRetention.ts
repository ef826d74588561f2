import { NotFoundError } from '@backstage/errors';
import {
  RetentionPreview,
  databaseReadPermission,
} from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog, isReady } from '../databases/types';
import { Caller, DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import { RetentionService } from './RetentionService';

/** What retention would do, as a caller may see it. */
export class AuthorizedRetention {
  readonly #databases: DatabaseCatalog;
  readonly #retention: RetentionService;
  readonly #authorizer: DatabaseAuthorizer;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly retention: RetentionService;
    readonly authorizer: DatabaseAuthorizer;
  }) {
    this.#databases = options.databases;
    this.#retention = options.retention;
    this.#authorizer = options.authorizer;
  }

  /** @throws NotFoundError when there is no such database, or it is quarantined. */
  async preview(
    caller: Caller,
    databaseId: string,
    repositoryId?: string,
  ): Promise<RetentionPreview> {
    await this.#authorizer.assertAllowed(
      caller,
      databaseReadPermission,
      databaseId,
    );
    const database = this.#databases.get(databaseId);
    if (!database || !isReady(database)) {
      throw new NotFoundError(
        database?.quarantine
          ? `Database '${databaseId}' is quarantined and has no retention; correct ${database.quarantine.path}.`
          : `There is no database '${databaseId}'; it is an id from databaseOps.databases.`,
      );
    }
    return this.#retention.preview(database, repositoryId);
  }
}
