import { toError } from '@backstage/errors';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  InventoryStore,
  OperateTarget,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { PgBackRestStanza } from '../pgbackrest/info';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { toBackup } from './backups';
import { currentTimeline } from './currentTimeline';
import { listBackupFolders, markLost } from './lostBackups';
import { readArchive } from './readArchive';

/** What the repository holds now: backups, and the log that leads on from them. */
export async function readInventory(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
): Promise<Inventory> {
  context.progress({ step: 'Reading the repository' });
  const pgbackrest = await PgBackRest.create(target, context);
  const stanza = await pgbackrest.info();
  return inventoryOfStanza(target, context, pgbackrest, stanza);
}

/** The inventory of a stanza that was read already. */
export async function inventoryOfStanza(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  pgbackrest: PgBackRest,
  stanza: PgBackRestStanza | undefined,
): Promise<Inventory> {
  const databaseId = target.database.id;
  const observedAt = context.clock();
  if (!stanza) {
    return inventoryOf(databaseId, undefined, observedAt);
  }
  const previous = await readPrevious(databaseId, context);
  const { systemId } = inventoryOf(databaseId, stanza, observedAt);
  const archive = await readArchive(target, context, {
    pgbackrest,
    stanza,
    // Another system has other log under the same names.
    previous: previous?.systemId === systemId ? previous : undefined,
  });
  const current = await currentTimeline(target.database.config, {
    branches: archive.branches,
    known: previous?.systemId === systemId ? previous : undefined,
    logger: context.logger,
  });
  return markLost(
    {
      ...inventoryOf(databaseId, stanza, observedAt),
      ...archive,
      ...(current === undefined ? {} : { currentBranch: current }),
    },
    await listBackupFolders(pgbackrest),
  );
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
