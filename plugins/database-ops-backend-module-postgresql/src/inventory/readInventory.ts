import { toError } from '@backstage/errors';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  InventoryStore,
  OperateTarget,
  readLockState,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { inventoryLocks } from '../object-lock/inventoryLocks';
import { PgBackRestStanza } from '../pgbackrest/info';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { ArchiveFolder } from './archiveListing';
import { toBackup } from './backups';
import { currentTimeline, primaryTimeline } from './currentTimeline';
import { readDamage } from './damageNotes';
import { listBackupFolders, markLost } from './lostBackups';
import { readArchive } from './readArchive';

/** What the repository holds now: backups, and the log that leads on from them. */
export async function readInventory(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
): Promise<Inventory> {
  context.progress({ step: 'Reading the repository' });
  const pgbackrest = await PgBackRest.create(target, context);
  return (await readRepository(target, context, pgbackrest)).inventory;
}

/** What pgBackRest and the object store said of a database, and what follows from it. */
export interface RepositoryContent {
  /** `undefined` while the stanza is not there. */
  readonly stanza: PgBackRestStanza | undefined;
  /** Labels whose folder is there. */
  readonly folders: ReadonlySet<string>;
  readonly inventory: Inventory;
}

/**
 * Reads the repository once. What does not need another's answer is asked for
 * at the same time, and where the archive lies is guessed from the last
 * inventory: each question costs a process that connects anew.
 *
 * @param options.before - what it held just now; the last inventory when absent
 * @param options.meanwhile - begins once the backups are known, and is waited for
 */
export async function readRepository(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  pgbackrest: PgBackRest,
  options: {
    readonly before?: Inventory;
    readonly meanwhile?: (stanza: PgBackRestStanza) => Promise<void>;
  } = {},
): Promise<RepositoryContent> {
  const { database, repository } = target;
  // Before anything is asked: nothing is claimed of what came meanwhile.
  const observedAt = context.clock();
  const last = options.before ?? (await readPrevious(database.id, context));
  const archive = new ArchiveFolder(pgbackrest);
  const [stanza, folders, timeline, isNoted, locks] = await allOf([
    pgbackrest.info(),
    listBackupFolders(pgbackrest),
    primaryTimeline(database.config, context.logger),
    readDamage(context, database.id),
    repository.setup?.objectLock
      ? readLockState(context.store, database.id)
      : undefined,
    last?.logFolder === undefined ? undefined : archive.list(last.logFolder),
  ]);
  const found = inventoryOf(database.id, stanza, observedAt);
  if (!stanza) {
    return { stanza, folders, inventory: found };
  }
  // Another system has other log under the same names.
  const previous = last?.systemId === found.systemId ? last : undefined;
  const [logs] = await allOf([
    readArchive(target, context, {
      pgbackrest,
      stanza,
      previous,
      archive,
      isNoted,
    }),
    options.meanwhile?.(stanza),
  ]);
  const current = currentTimeline(timeline, logs.branches, previous);
  const inventory = markLost(
    {
      ...found,
      ...logs,
      ...(current === undefined ? {} : { currentBranch: current }),
    },
    folders,
  );
  return {
    stanza,
    folders,
    inventory: repository.setup?.objectLock
      ? { ...inventory, locks: inventoryLocks(locks, inventory) }
      : inventory,
  };
}

/** All answers; a failure is told only when nothing is under way any more. */
async function allOf<T extends readonly unknown[]>(
  questions: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(questions);
  return Promise.all(questions);
}

/** The last inventory saves reading segments again; without it everything is found out anew. */
async function readPrevious(
  databaseId: string,
  { store, logger }: RunContext,
): Promise<Inventory | undefined> {
  try {
    return await new InventoryStore(store).readInventory(databaseId);
  } catch (error) {
    logger.warn(
      `The last inventory is not used, the archive is read anew: ${toError(error).message}`,
    );
    return undefined;
  }
}

/** Before an upgrade or a new initdb: the same positions and timelines mean other log, so it has none here. */
function ofEarlierSystem({ from, to, ...backup }: Backup): Backup {
  return {
    ...backup,
    ...(from ? { from: { time: from.time } } : {}),
    ...(to ? { to: { time: to.time } } : {}),
  };
}

export function inventoryOf(
  databaseId: string,
  stanza: PgBackRestStanza | undefined,
  observedAt: Date,
): Inventory {
  // The newest of a stanza's databases is the current one; earlier ones end at an upgrade.
  const current = stanza?.db.reduce<PgBackRestStanza['db'][number] | undefined>(
    (newest, db) => (newest && newest.id > db.id ? newest : db),
    undefined,
  );
  return {
    version: 1,
    databaseId,
    engine: 'postgresql',
    observedAt: observedAt.toISOString(),
    ...(current ? { systemId: String(current['system-id']) } : {}),
    backups: (stanza?.backup ?? []).map(backup =>
      backup.database.id === current?.id
        ? toBackup(databaseId, backup)
        : ofEarlierSystem(toBackup(databaseId, backup)),
    ),
    logs: [],
  };
}
