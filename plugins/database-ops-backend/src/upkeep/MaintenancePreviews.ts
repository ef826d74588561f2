import { LoggerService } from '@backstage/backend-plugin-api';
import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { MaintenancePreview } from 'backstage-plugin-database-ops-common';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { isReady } from '../databases/types';
import { withinTime } from '../insight/withinTime';
import { Caller } from '../permissions/DatabaseAuthorizer';

const TIMEOUT_SECONDS = 20;

/** Says what maintenance would do, before anybody asks for it. */
export class MaintenancePreviews {
  readonly #databases: AuthorizedDatabases;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly authorized: AuthorizedDatabases;
    readonly logger: LoggerService;
  }) {
    this.#databases = options.authorized;
    this.#logger = options.logger;
  }

  /** @throws NotFoundError where the engine has no maintenance, InputError for an action it lacks. */
  async get(
    caller: Caller,
    databaseId: string,
    action: string,
  ): Promise<MaintenancePreview> {
    const database = await this.#databases.readable(caller, databaseId);
    if (!isReady(database)) {
      throw new ConflictError(
        `Database '${database.id}' is quarantined: ${database.quarantine.path}: ${database.quarantine.message}`,
      );
    }
    const { engine } = database.engine;
    const { maintenancePreview } = engine.observe;
    const { maintenance: offered = [] } = engine.describe.capabilities(
      database.definition.config,
    );
    if (!maintenancePreview || offered.length === 0) {
      throw new NotFoundError(
        `Database '${database.id}' has no maintenance that can be done from here; see the documentation of its engine for what it needs.`,
      );
    }
    if (!offered.some(({ id }) => id === action)) {
      throw new InputError(
        `Maintenance action '${action}' is not offered; choose ${offered.map(({ id }) => `'${id}'`).join(' or ')}.`,
      );
    }
    return withinTime(TIMEOUT_SECONDS, database.title, signal =>
      maintenancePreview(database.definition, action, {
        logger: this.#logger,
        signal,
      }),
    );
  }
}
