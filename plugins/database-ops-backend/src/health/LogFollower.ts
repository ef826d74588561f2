import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { DatabaseOpsSignal } from 'backstage-plugin-database-ops-common';
import { FollowedInventories } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import {
  KnownRepository,
  knownRepositories,
} from '../repositories/knownInventories';
import { storedAs } from '../repositories/repositoriesOf';
import { Observers } from './Observers';

/**
 * Lets recovery windows follow the log between two inventories: after each
 * health check the engine says how far each repository was seen to go on. No
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
    const { id } = database;
    try {
      const known = await knownRepositories(this.#backups, database);
      const moved = await Promise.all(
        known.map(each => this.#followIn(database, each)),
      );
      if (moved.includes(true)) {
        this.#publish({ type: 'backups', databaseId: id });
      }
    } catch (thrown) {
      this.#logger.warn(
        `What is known of the repositories of '${id}' was not read, its recovery window stays where it is: ${toError(thrown).message}`,
      );
    }
  }

  /** Gives whether the window in that repository moved. Each is asked for itself: archiving that succeeds says nothing about when each got a segment. */
  async #followIn(
    database: ReadyDatabase,
    { repository, inventory, unreachable }: KnownRepository,
  ): Promise<boolean> {
    if (!inventory || unreachable !== undefined) {
      return false;
    }
    try {
      const followed = await this.#observers.followLog(
        database,
        repository,
        inventory,
      );
      return (
        followed !== undefined &&
        followed.restorableTo !== inventory.followed?.restorableTo &&
        (await this.#backups.follow(
          { ...inventory, followed },
          storedAs(database, repository.id),
        ))
      );
    } catch (thrown) {
      this.#logger.warn(
        `How far the log of '${database.id}' went on in repository '${repository.id}' was not read, its recovery window ends where it was seen last: ${toError(thrown).message}`,
      );
      return false;
    }
  }
}
