import { JsonObject } from '@backstage/types';
import {
  OperateTarget,
  RestoreOutcome,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { restoreAccount } from '../restore/account';
import { discardRestored } from '../restore/discardRestored';
import { findBinDirectory } from '../restore/programs';
import { requireRestore, restoreBackup } from '../restore/restoreBackup';
import { requireDirectory, RestorePlace } from '../restore/RestorePlace';
import { ScratchSession } from './contentChecks';
import { takeScratchTurn, yieldDisk } from './scratchTurn';

/** A restored server that lives as long as a verification. */
export interface Scratch {
  readonly outcome: RestoreOutcome;
  readonly session: ScratchSession;
  /** From the start of the restore to its first answered query. */
  readonly restoreSeconds: number;
}

/** Restores to a place that is removed afterwards, whatever happens; one at a time on a machine. */
export async function withScratch<T>(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const { directory } = requireRestore(target);
  await requireDirectory(directory);
  await yieldDisk(context);
  return takeScratchTurn(directory, context, () =>
    restoreAndUse(target, parameters, context, use),
  );
}

async function restoreAndUse<T>(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
  use: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const outcome = await restoreBackup(target, parameters, context);
  const restoreSeconds = (performance.now() - startedAt) / 1000;
  const { directory, connection, facts } = outcome;
  try {
    const config = requireRestore(target);
    const account = await restoreAccount(config, context);
    const place = await RestorePlace.open(directory, account);
    // Nobody knows of this copy but this worker: if it is killed, the next restore removes it.
    await place?.keepUnfinished();
    return await use({
      outcome,
      restoreSeconds,
      session: {
        socketDirectory: connection.socketDirectory ?? directory,
        port: connection.port ?? 0,
        user: String(facts.superuser),
        binDirectory: await findBinDirectory(
          config,
          String(facts.serverVersion),
          context,
        ),
      },
    });
  } finally {
    // Also after an abort: what is left would be somebody's disk.
    await discardRestored(
      target,
      { restoredInstanceId: context.operationId, directory, facts },
      { ...context, signal: new AbortController().signal },
    );
  }
}
