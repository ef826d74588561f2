import { NotFoundError } from '@backstage/errors';
import { Freshness } from 'backstage-plugin-database-ops-common';
import { BackupReader } from '../backups/types';
import { answering } from '../repositories/knownInventories';
import { DatabaseCatalog, isReady, ManagedDatabase } from '../databases/types';
import { FreshnessFacts, freshnessOf, readTogether } from './freshnessOf';
import { FreshnessReader } from './types';

/** Reads what {@link freshnessOf} judges by. */
export class FreshnessService implements FreshnessReader {
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupReader;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupReader;
    readonly clock?: () => Date;
  }) {
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#clock = options.clock ?? (() => new Date());
  }

  async getFreshness(databaseId: string): Promise<Freshness> {
    const database = this.#databases.get(databaseId);
    if (!database) {
      throw new NotFoundError(
        `There is no database '${databaseId}'; databases are listed under databaseOps.databases in configuration.`,
      );
    }
    return await this.#judge(database);
  }

  async listFreshness(): Promise<ReadonlyMap<string, Freshness>> {
    const spans = await this.#backups.listSpans();
    return new Map(
      this.#databases
        .list()
        .map(database => [
          database.id,
          this.#judgeBy(database, spans.get(database.id) ?? {}),
        ]),
    );
  }

  async #judge(database: ManagedDatabase): Promise<Freshness> {
    const [newest, inventories] = await Promise.all([
      this.#backups.newestPresent(database.id),
      this.#backups.listInventories(database.id),
    ]);
    return this.#judgeBy(database, {
      newest,
      inventory: readTogether(answering(inventories)),
    });
  }

  #judgeBy(
    database: ManagedDatabase,
    { newest, inventory }: Pick<FreshnessFacts, 'newest' | 'inventory'>,
  ): Freshness {
    if (!isReady(database)) {
      return {
        state: 'unknown',
        sentence: `The configuration of ${database.title} is wrong at ${database.quarantine.path}, so its backups are not judged.`,
      };
    }
    return freshnessOf({
      title: database.title,
      takesBackups: Boolean(
        database.engine.engine.operate.backup && database.repository,
      ),
      newest,
      inventory,
      objectiveSeconds: database.policy?.rpoSeconds,
      now: this.#clock(),
    });
  }
}
