import { join } from 'node:path';
import { toError } from '@backstage/errors';
import { OperateTarget, RunContext } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { Account } from './account';
import { RestoredServer } from './RestoredServer';
import { entriesOf, requireBelow, RestorePlace } from './RestorePlace';

/**
 * Removes what killed workers left: restores of this database that were never
 * finished and whose worker is gone.
 */
export async function removeAbandoned(
  { database }: OperateTarget<PostgresqlConfig>,
  account: Account,
  context: RunContext,
): Promise<void> {
  const { restore } = database.config;
  if (!restore) {
    return;
  }
  for (const entry of await entriesOf(restore.directory)) {
    if (!entry.startsWith(`${database.id}-`)) {
      continue;
    }
    const directory = join(restore.directory, entry);
    try {
      await requireBelow(restore.directory, database.id, directory);
      const place = await RestorePlace.open(directory, account);
      if (
        place &&
        place.databaseId === database.id &&
        place.operationId !== context.operationId &&
        place.isAbandoned
      ) {
        context.logger.info(
          `Removing ${directory}, left by the unfinished operation ${place.operationId}`,
        );
        const server = new RestoredServer({
          place,
          binDirectory: '',
          account,
          processes: context.processes,
        });
        await server.stop();
        await place.remove();
      }
    } catch (error) {
      // Another's folder, or one that cannot be read: it is not in this restore's way.
      context.logger.warn(
        `${directory} was left alone: ${toError(error).message}`,
      );
    }
  }
}
