import { Backup } from 'backstage-plugin-database-ops-common';
import { PgBackRestBackup } from '../pgbackrest/info';
import { timelineOf } from '../wal/segments';

/** Annotations that tie a backup in the repository to its operation. */
export const OPERATION_ANNOTATION = 'operation';
export const REQUESTED_BY_ANNOTATION = 'requested-by';

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
