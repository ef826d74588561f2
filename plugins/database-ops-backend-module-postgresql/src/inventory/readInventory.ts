import { Backup } from 'backstage-plugin-database-ops-common';
import {
  Inventory,
  LogRange,
  OperateTarget,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { PgBackRestBackup, PgBackRestStanza } from '../pgbackrest/info';
import { timelineOf } from '../walSegment';
import { PgBackRest } from '../pgbackrest/PgBackRest';

/** Annotations that tie a backup in the repository to its operation. */
export const OPERATION_ANNOTATION = 'operation';
export const REQUESTED_BY_ANNOTATION = 'requested-by';

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

export function toBackup(databaseId: string, backup: PgBackRestBackup): Backup {
  const { label, type, prior, archive, lsn, timestamp, info } = backup;
  const operationId = backup.annotation?.[OPERATION_ANNOTATION];
  const requestedBy = backup.annotation?.[REQUESTED_BY_ANNOTATION];
  const startedAt = isoOf(timestamp.start);
  const stoppedAt = isoOf(timestamp.stop);
  return {
    id: label,
    databaseId,
    type,
    startedAt,
    stoppedAt,
    sizeBytes: info.size,
    repositorySizeBytes: info.repository.delta,
    ...(prior ? { prior } : {}),
    chain: chainOf(backup),
    from: momentOf(startedAt, lsn?.start, archive?.start),
    to: momentOf(stoppedAt, lsn?.stop, archive?.stop),
    ...(operationId ? { operationId } : {}),
    ...(requestedBy ? { requestedBy } : {}),
    state: backup.error === true ? 'damaged' : 'present',
  };
}

/** A label begins with that of the full backup; `reference` names what else it needs. */
function chainOf({ label, prior, reference }: PgBackRestBackup): string[] {
  const needed = new Set([...(reference ?? []), ...(prior ? [prior] : [])]);
  needed.delete(label);
  return [...needed].sort().concat(label);
}

function momentOf(
  time: string,
  lsn: string | null | undefined,
  segment: string | null | undefined,
) {
  return {
    time,
    ...(lsn ? { lsn } : {}),
    ...(segment ? { timeline: timelineOf(segment) } : {}),
  };
}

function isoOf(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}
