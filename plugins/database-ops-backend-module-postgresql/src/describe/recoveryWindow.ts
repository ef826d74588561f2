import {
  Backup,
  HealthReport,
  Moment,
  RecoveryInterval,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';

/**
 * The moments the repository claims: the end of each backup, and from the
 * newest one to the end of the archive, when health knows when WAL was last
 * archived. Nothing here has been proved by a restore.
 */
export function recoveryWindowOf(
  databaseId: string,
  inventory: Inventory | undefined,
  health?: HealthReport,
): RecoveryWindow {
  if (!inventory) {
    return {
      databaseId,
      intervals: [],
      sentence: 'The repository has not been read yet.',
    };
  }
  const backups = inventory.backups
    .filter(({ state }) => state === 'present')
    .toSorted((a, b) => a.stoppedAt.localeCompare(b.stoppedAt));
  const newest = backups.at(-1);
  const { observedAt } = inventory;
  if (!newest) {
    return {
      databaseId,
      intervals: [],
      sentence: 'There is no backup to restore.',
      observedAt,
    };
  }
  const archivedAt = endOfArchive(health);
  const end =
    archivedAt && archivedAt > newest.stoppedAt ? archivedAt : undefined;
  const intervals: RecoveryInterval[] = backups.map(backup => ({
    kind: 'claimed',
    from: endOf(backup),
    to: endOf(backup),
    backupId: backup.id,
  }));
  if (end) {
    intervals.push({
      kind: 'claimed',
      from: endOf(newest),
      to: { time: end, timeline: newest.to?.timeline },
      backupId: newest.id,
    });
  }
  const count = `${backups.length} ${backups.length === 1 ? 'backup' : 'backups'}`;
  return {
    databaseId,
    intervals,
    sentence: end
      ? `Restorable to ${count}, the newest of ${newest.stoppedAt}, and to the end of the archive at ${end}.`
      : `Restorable to ${count}, the newest of ${newest.stoppedAt}.`,
    observedAt,
  };
}

function endOf(backup: Backup): Moment {
  return backup.to ?? { time: backup.stoppedAt };
}

/** When the last WAL segment reached the archive, as health measured it. */
function endOfArchive(health: HealthReport | undefined): string | undefined {
  const signal = health?.signals.find(({ id }) => id === 'archive-age');
  if (signal?.value === undefined || signal.status === 'unknown') {
    return undefined;
  }
  return new Date(
    Date.parse(signal.observedAt) - signal.value * 1000,
  ).toISOString();
}
