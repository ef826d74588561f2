import {
  Inventory,
  LogRange,
  OperateTarget,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { PgBackRestStanza } from '../pgbackrest/info';
import { timelineOf } from '../walSegment';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { toBackup } from './backups';

export async function readInventory(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
): Promise<Inventory> {
  context.progress({ step: 'Reading the repository' });
  const pgbackrest = await PgBackRest.create(target, context);
  const stanza = await pgbackrest.info();
  return inventoryOf(target.database.id, stanza, context.clock());
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
    backups: (stanza?.backup ?? []).map(backup => toBackup(databaseId, backup)),
    logs: (stanza?.archive ?? []).flatMap(toLogRange),
  };
}

function toLogRange(
  archive: PgBackRestStanza['archive'][number],
): readonly LogRange[] {
  const { min, max } = archive;
  // Only the ends are known here; a segment missing in between shows in a verification.
  return min && max
    ? [{ branch: String(timelineOf(max)), from: min, to: max }]
    : [];
}
