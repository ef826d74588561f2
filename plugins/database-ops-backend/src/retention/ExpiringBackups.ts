import { ConflictError } from '@backstage/errors';
import { Operation } from 'backstage-plugin-database-ops-common';
import { expireRequestSchema } from 'backstage-plugin-database-ops-node';
import { OperationStore } from '../operations/OperationStore';

/** What an active `expire` is about to remove, or removes right now. */
export class ExpiringBackups {
  readonly #operations: Pick<OperationStore, 'listActive'>;

  constructor(options: {
    readonly operations: Pick<OperationStore, 'listActive'>;
  }) {
    this.#operations = options.operations;
  }

  /** @throws ConflictError naming the operation that removes one of them. */
  async assertStays(
    databaseId: string,
    backupIds: readonly string[],
  ): Promise<void> {
    const active = await this.#operations.listActive();
    for (const operation of active.filter(
      one => one.databaseId === databaseId && one.kind === 'expire',
    )) {
      const going = removedBy(operation);
      const backupId = backupIds.find(id => going.includes(id));
      if (backupId !== undefined) {
        throw new ConflictError(
          `Backup '${backupId}' of database '${databaseId}' is removed by operation ${operation.id}, which is ${operation.state}; cancel it first, or choose another backup.`,
        );
      }
    }
  }
}

function removedBy({ parameters }: Operation): readonly string[] {
  const request = expireRequestSchema.safeParse(parameters);
  return request.success ? request.data.remove : [];
}
