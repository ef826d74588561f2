import { NotAllowedError, NotFoundError } from '@backstage/errors';
import {
  OperateTarget,
  RestoredInstanceReference,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { Account, restoreAccount } from './account';
import { findBinDirectory } from './programs';
import { requireRestore } from './restoreBackup';
import { RestoredServer } from './RestoredServer';
import { requireBelow, RestorePlace } from './RestorePlace';

/** What an earlier restore made, opened to be worked on. */
export interface OpenInstance {
  readonly place: RestorePlace;
  readonly account: Account;
  readonly server: RestoredServer;
  readonly opened: NonNullable<RestorePlace['server']>;
}

/** @throws NotFoundError when nothing is left of it, NotAllowedError when it is another's */
export async function openInstance(
  target: OperateTarget<PostgresqlConfig>,
  { directory, restoredInstanceId, facts }: RestoredInstanceReference,
  context: RunContext,
): Promise<OpenInstance> {
  const config = requireRestore(target);
  await requireBelow(config.directory, target.database.id, directory);
  const account = await restoreAccount(config, context);
  const place = await RestorePlace.open(directory, account);
  if (!place?.server) {
    throw new NotFoundError(
      `Nothing of the restored instance ${restoredInstanceId} is left in ${directory}; restore again.`,
    );
  }
  if (place.operationId !== restoredInstanceId) {
    throw new NotAllowedError(
      `${directory} belongs to the restore ${place.operationId}, not to ${restoredInstanceId}.`,
    );
  }
  const server = new RestoredServer({
    place,
    binDirectory: await findBinDirectory(
      config,
      String(facts.serverVersion ?? ''),
      context,
    ),
    account,
    processes: context.processes,
  });
  return { place, account, server, opened: place.server };
}
