import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { DatabaseOpsSignal } from 'backstage-plugin-database-ops-common';
import { FollowedInventories } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import { Observers } from './Observers';

/**
 * Lets recovery windows follow the log between two inventories: after each
 * health check the engine says how far the repository was seen to go on. No
 * worker, no operation, no audit event; an inventory replaces it.
 */
export class LogFollower {
  readonly #observers: Pick<Observers, 'followLog'>;
  readonly #backups: FollowedInventories;
  readonly #publish: (signal: DatabaseOpsSignal) => void;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly observers: Pick<Observers, 'followLog'>;
    readonly backups: FollowedInventories;
    readonly publish: (signal: DatabaseOpsSignal) => void;
    readonly logger: LoggerService;
  }) {
    this.#observers = options.observers;
    this.#backups = options.backups;
    this.#publish = options.publish;
    this.#logger = options.logger;
  }

  /** Never throws: a window that does not move says since when. */
  async follow(database: ReadyDatabase): Promise<void> {
    const { id, repository } = database;
    if (!repository) {
      return;
    }
    try {
      const inventory = await this.#backups.getInventory(id);
      const followed =
        inventory &&
        (await this.#observers.followLog(database, repository, inventory));
      if (
        followed &&
        followed.restorableTo !== inventory.followed?.restorableTo &&
        (await this.#backups.follow({ ...inventory, followed }))
      ) {
        this.#publish({ type: 'backups', databaseId: id });
      }
    } catch (thrown) {
      this.#logger.warn(
        `How far the log of '${id}' went on was not read, its recovery window ends where the last inventory saw it: ${toError(thrown).message}`,
      );
    }
  }
}
