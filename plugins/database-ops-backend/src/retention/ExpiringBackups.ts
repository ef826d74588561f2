import { ConflictError } from '@backstage/errors';
import { Operation } from 'backstage-plugin-database-ops-common';
import {
  ExpireRequest,
  expireRequestSchema,
} from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { DatabaseIdentity } from '../databases/types';
import { OperationStore } from '../operations/OperationStore';
import { storedAs } from '../repositories/repositoriesOf';

/** What somebody is about to read or to keep. */
export interface WantedBackups {
  readonly backupIds: readonly string[];
  /** Where from; whichever holds one of them when absent. */
  readonly repositoryId?: string;
  /** When the oldest backup began of which the log is replayed too. */
  readonly logFrom?: string;
}

/** What an active `expire` is about to remove, or removes right now. */
export class ExpiringBackups {
  readonly #operations: Pick<OperationStore, 'listActive'>;

  constructor(options: {
    readonly operations: Pick<OperationStore, 'listActive'>;
  }) {
    this.#operations = options.operations;
  }

  /**
   * @param trx - sees what it wrote itself
   * @throws ConflictError naming the operation that removes one of them
   */
  async assertStays(
    database: DatabaseIdentity,
    wanted: WantedBackups,
    trx?: Knex.Transaction,
  ): Promise<void> {
    const { repositoryId } = wanted;
    const expiring = (await this.#operations.listActive(trx)).filter(
      ({ databaseId, kind, parameters }) =>
        databaseId === database.id &&
        kind === 'expire' &&
        (repositoryId === undefined ||
          storedAs(database, repositoryId) ===
            storedAs(database, parameters.repositoryId as string | undefined)),
    );
    for (const operation of expiring) {
      const going = goingOf(operation.parameters, wanted);
      if (going !== undefined) {
        throw new ConflictError(
          `${going} of database '${database.id}' is removed by operation ${operation.id}, which is ${operation.state}; cancel it first, or choose another backup.`,
        );
      }
    }
  }
}

function goingOf(
  parameters: Operation['parameters'],
  { backupIds, logFrom }: WantedBackups,
): string | undefined {
  const request = expireRequestSchema.safeParse(parameters);
  if (!request.success) {
    return undefined;
  }
  const { remove, logsFrom }: ExpireRequest = request.data;
  const backupId = backupIds.find(id => remove.includes(id));
  if (backupId !== undefined) {
    return `Backup '${backupId}'`;
  }
  return logFrom !== undefined &&
    logsFrom !== undefined &&
    Date.parse(logFrom) < Date.parse(logsFrom.time)
    ? `The log before ${logsFrom.time}`
    : undefined;
}
