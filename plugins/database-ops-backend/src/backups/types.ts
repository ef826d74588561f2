import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';

/** Backups as reconciliation last read them from the repository. */
export interface BackupReader {
  /** The present backup that stopped last. */
  newestPresent(databaseId: string): Promise<Backup | undefined>;
  /** The last inventory read, with when the worker made it in `observedAt`. */
  getInventory(databaseId: string): Promise<Inventory | undefined>;
}
