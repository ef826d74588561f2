import { toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  BackupOutcome,
  Engine,
  Inventory,
  InventoryStore,
  ObjectStore,
  OperationFailedError,
} from 'backstage-plugin-database-ops-node';
import type { Work } from './carryOut';
import { FullDemand } from './FullDemand';

/** Of a backup that is there, and that nothing can be restored from: an engine may know more of it. */
const DAMAGED_CODE = 'backup-damaged';
const DAMAGED_CODES = [DAMAGED_CODE, 'source-damaged'];
/** Failures after which nobody can say what a next backup would build on. */
const BASE_LOST_CODES = [
  'backup-not-listed',
  'backup-not-found-afterwards',
  'base-lost',
];

/**
 * Takes a backup. It counts only when the repository, read again, holds it
 * with all that it needs; when something took that away meanwhile, the next
 * one is a full one, whatever was asked for.
 *
 * @param takeInventory - reads the repository and writes what it found there
 */
export async function takeBackup(
  work: Work,
  take: NonNullable<Engine['operate']['backup']>,
  takeInventory: () => Promise<Inventory>,
): Promise<object> {
  const { target, context } = work;
  const demand = new FullDemand(context.store, target.database.id);
  const { parameters, note: demanded } = await wantedOf(work, demand);
  try {
    const outcome = await take(target, parameters, context);
    const { backup, note } = outcome;
    context.signal.throwIfAborted();
    context.progress({ step: 'Reading the repository' });
    const inventory = await inventoryAfter(
      outcome,
      context.store,
      takeInventory,
    );
    const found = assertWhole(backup.id, inventory);
    if (demanded !== undefined) {
      await demand.end(demanded, context.clock());
    }
    const notes = [demanded, note].filter(text => text !== undefined);
    return {
      backup: found,
      inventory,
      ...(notes.length > 0 ? { note: notes.join(' ') } : {}),
    };
  } catch (error) {
    if (error instanceof OperationFailedError) {
      await tellOthers(error, demand, context, takeInventory);
    }
    throw error;
  }
}

/** As the engine read it after the backup, or read now. */
async function inventoryAfter(
  { inventory }: BackupOutcome,
  store: ObjectStore,
  takeInventory: () => Promise<Inventory>,
): Promise<Inventory> {
  if (inventory === undefined) {
    return takeInventory();
  }
  await new InventoryStore(store).writeInventory(inventory);
  return inventory;
}

/** What the portal knew of the repository is not true any more, and after a lost base the next backup has to know. */
async function tellOthers(
  error: OperationFailedError,
  demand: FullDemand,
  { clock, logger }: Work['context'],
  takeInventory: () => Promise<Inventory>,
): Promise<void> {
  const { cause, code } = error.failure;
  const demands = isBaseLost(error);
  if (!demands && !DAMAGED_CODES.includes(code ?? '')) {
    return;
  }
  try {
    if (demands) {
      await demand.make(cause, clock());
    }
    await takeInventory();
  } catch (thrown) {
    // The backup's own failure is what people have to hear of.
    logger.warn(
      `${demands ? 'That the next backup has to be a full one' : 'What became of the backup'} was not written to the repository: ${toError(thrown).message}`,
    );
  }
}

/** What is asked for, or a full one where the last backup lost its base. */
async function wantedOf(
  { engine, spec, target, context }: Work,
  demand: FullDemand,
): Promise<{ readonly parameters: JsonObject; readonly note?: string }> {
  const { parameters } = spec;
  const { backupTypes } = engine.describe.capabilities(target.database.config);
  const reason = await demand.read();
  if (reason === undefined || !backupTypes.some(({ id }) => id === 'full')) {
    return { parameters };
  }
  const note = `A full backup was taken, since the one before lost its base: ${reason}`;
  context.logger.warn(note);
  return { parameters: { ...parameters, type: 'full' }, note };
}

function assertWhole(backupId: string, { backups }: Inventory): Backup {
  const stateOf = (id: string) => backups.find(one => one.id === id)?.state;
  const found = backups.find(({ id }) => id === backupId);
  if (found?.state === 'damaged') {
    throw new OperationFailedError({
      cause: `Backup '${backupId}' was taken, but it is damaged: nothing can be restored from it.`,
      object: `backup ${backupId}`,
      nextStep:
        'Look for what is damaged in the database itself; the earlier backups and the log after them still restore it.',
      code: DAMAGED_CODE,
    });
  }
  if (found?.state !== 'present') {
    throw new OperationFailedError({
      cause: `Backup '${backupId}' was reported as taken, but the repository ${found ? `holds it ${found.state}` : 'does not list it'}.`,
      object: `backup ${backupId}`,
      nextStep:
        'Find out what else writes to or deletes from the repository, then take a backup again.',
      code: 'backup-not-found-afterwards',
    });
  }
  const lost = found.chain.find(id => (stateOf(id) ?? 'missing') === 'missing');
  if (lost !== undefined) {
    throw new OperationFailedError({
      cause: `Backup '${backupId}' was taken, but backup '${lost}', which it needs, is gone.`,
      object: `backup ${backupId}`,
      nextStep:
        'Find out what else deletes from the repository, then take a backup again: it will be a full one.',
      code: 'base-lost',
    });
  }
  return found;
}

function isBaseLost({ failure }: OperationFailedError): boolean {
  return failure.code !== undefined && BASE_LOST_CODES.includes(failure.code);
}
