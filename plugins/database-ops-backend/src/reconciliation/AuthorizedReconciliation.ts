import {
  ConflictError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { Reconciliation } from 'backstage-plugin-database-ops-common';
import {
  OperationFailedError,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { AuditLog } from '../audit/AuditLog';
import { DatabaseCatalog, ReadyDatabase, isReady } from '../databases/types';
import {
  actorOf,
  Caller,
  DatabaseAuthorizer,
} from '../permissions/DatabaseAuthorizer';
import { Guard, assertMayRun } from '../permissions/assertMayRun';
import { repositoriesOf } from '../repositories/repositoriesOf';
import { InventoryRequester } from './InventoryRequester';
import { Found, Reconciler } from './Reconciler';

/** What came of one repository. */
interface Part {
  readonly repository: RepositoryDefinition;
  readonly found?: Found;
  readonly failure?: string;
}

const ACTION = 'database.reconcile';

/** Reconciliation on demand; every attempt is audited. */
export class AuthorizedReconciliation {
  readonly #databases: DatabaseCatalog;
  readonly #reconciler: Reconciler;
  readonly #inventories: InventoryRequester;
  readonly #guard: Guard;
  readonly #audit: AuditLog;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly reconciler: Reconciler;
    readonly inventories: InventoryRequester;
    readonly authorizer: DatabaseAuthorizer;
    readonly audit: AuditLog;
  }) {
    this.#databases = options.databases;
    this.#reconciler = options.reconciler;
    this.#inventories = options.inventories;
    this.#guard = options;
    this.#audit = options.audit;
  }

  /**
   * Takes over what the repository says now, and has a worker look at it anew.
   *
   * @throws ConflictError without a repository, ServiceUnavailableError when it does not answer.
   */
  async reconcile(caller: Caller, databaseId: string): Promise<Reconciliation> {
    const actor = actorOf(caller);
    await assertMayRun(this.#guard, caller, {
      action: ACTION,
      databaseId,
      what: `reconcile database '${databaseId}'`,
      kind: 'inventory',
    });
    const database = this.#databases.get(databaseId);
    if (!database) {
      throw new NotFoundError(
        `There is no database '${databaseId}'; it is an id from databaseOps.databases.`,
      );
    }
    const repositories = isReady(database) ? repositoriesOf(database) : [];
    if (!isReady(database) || repositories.length === 0) {
      throw new ConflictError(
        database.quarantine
          ? `Database '${databaseId}' is quarantined; correct ${database.quarantine.path}.`
          : `Database '${databaseId}' has no repository to be compared with.`,
      );
    }
    const parts = await this.#findInAll(database, repositories, actor);
    const found = parts.flatMap(part => part.found ?? []);
    let operationId: string | undefined;
    for (const { repository } of parts.filter(part => part.found)) {
      const id = await this.#inventories.requestNow(
        database,
        repository,
        actor,
      );
      operationId ??= id;
    }
    const sentence =
      parts.length === 1
        ? sentenceOf(database, found[0])
        : parts
            .map(
              part =>
                `Repository '${part.repository.id}': ${part.found ? sentenceOf(database, part.found) : part.failure}`,
            )
            .join(' ');
    const appeared = found.flatMap(each => each.appeared);
    const missing = found.flatMap(each => each.missing);
    const imported = found.reduce((sum, each) => sum + each.imported, 0);
    await this.#audit.append({
      actor,
      action: ACTION,
      databaseId,
      operationId,
      outcome: 'succeeded',
      sentence: `${actor} had database '${databaseId}' compared with its repository: ${sentence}`,
      details: { appeared, missing, imported },
    });
    return {
      databaseId,
      sentence,
      operationId,
      appeared,
      missing,
      imported,
      inventoryObservedAt: found
        .flatMap(each => each.inventoryObservedAt ?? [])
        .sort()
        .at(0),
    };
  }

  /** Each on its own: one that does not answer keeps nobody from the others. */
  async #findInAll(
    database: ReadyDatabase,
    repositories: readonly RepositoryDefinition[],
    actor: string,
  ): Promise<readonly Part[]> {
    const parts: Part[] = [];
    for (const repository of repositories) {
      try {
        const found = await this.#reconciler.reconcile(database, repository);
        parts.push({ repository, found });
      } catch (thrown) {
        if (!(thrown instanceof OperationFailedError)) {
          throw thrown;
        }
        parts.push({ repository, failure: thrown.message });
      }
    }
    if (parts.every(part => part.failure !== undefined)) {
      await this.#audit.append({
        actor,
        action: ACTION,
        databaseId: database.id,
        outcome: 'failed',
        sentence: `${actor} asked for a comparison of database '${database.id}' with its repository, which did not answer.`,
      });
      throw new ServiceUnavailableError(
        parts.map(({ failure }) => failure).join(' '),
      );
    }
    return parts;
  }
}

function sentenceOf(
  { title }: ReadyDatabase,
  { appeared, missing, imported, inventoryObservedAt }: Found,
): string {
  if (!inventoryObservedAt && imported === 0) {
    return `The repository holds nothing of ${title} yet.`;
  }
  const news = [
    ...(appeared.length > 0 ? [`${appeared.length} backups appeared`] : []),
    ...(missing.length > 0 ? [`${missing.length} backups are gone`] : []),
    ...(imported > 0 ? [`${imported} operations were taken over`] : []),
  ];
  return news.length > 0
    ? `${news.join(', ')}.`
    : `Everything about ${title} that the repository says was known.`;
}
