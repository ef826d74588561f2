import {
  Repository,
  databaseReadPermission,
} from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';
import { Caller, DatabaseAuthorizer } from '../permissions/DatabaseAuthorizer';
import { costOf } from './costOf';
import { SetupProbe, signalsOfFindings } from './SetupProbe';
import { StorageSizes } from './StorageSizes';

/** Repositories as a caller may see them: through the databases they may read. */
export class RepositoryViews {
  readonly #databases: ConfiguredDatabases;
  readonly #authorizer: DatabaseAuthorizer;
  readonly #setup: SetupProbe;
  readonly #sizes: StorageSizes;

  constructor(options: {
    readonly databases: ConfiguredDatabases;
    readonly authorizer: DatabaseAuthorizer;
    readonly setup: SetupProbe;
    readonly sizes: StorageSizes;
  }) {
    this.#databases = options.databases;
    this.#authorizer = options.authorizer;
    this.#setup = options.setup;
    this.#sizes = options.sizes;
  }

  /** In order of id; one that no database uses only to those who may read every database. */
  async list(caller: Caller): Promise<readonly Repository[]> {
    const readable = await this.#authorizer.allowed(
      caller,
      databaseReadPermission,
    );
    const databaseIds = (id: string) =>
      this.#databases
        .list()
        .filter(
          ({ repositoryId, additionalRepositoryIds = [] }) =>
            repositoryId === id || additionalRepositoryIds.includes(id),
        )
        .filter(readable.allows)
        .map(database => database.id);
    const shown = [...this.#databases.repositories()].flatMap(([id, part]) =>
      !part.error && (databaseIds(id).length > 0 || readable.everything)
        ? [part.value]
        : [],
    );
    return Promise.all(
      shown
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map(repository =>
          this.#describe(repository, databaseIds(repository.id)),
        ),
    );
  }

  async #describe(
    repository: RepositoryDefinition,
    databaseIds: string[],
  ): Promise<Repository> {
    const { id, endpoint, region, bucket, prefix, prices } = repository;
    const [facts, counted] = await Promise.all([
      this.#setup.factsOf(repository),
      this.#sizes.of(repository),
    ]);
    const common = {
      ...{ id, endpoint, region, bucket, prefix, databaseIds },
      findings: [...signalsOfFindings(facts)],
      observedAt: facts?.observedAt.toISOString(),
    };
    if (counted === 'pending') {
      return {
        ...common,
        costSentence: 'Its objects are being counted; ask again in a moment.',
      };
    }
    return 'failure' in counted
      ? {
          ...common,
          costSentence: `Its objects could not be counted: ${counted.failure}`,
        }
      : { ...common, ...costOf(counted.bytesByClass, prices, id) };
  }
}
