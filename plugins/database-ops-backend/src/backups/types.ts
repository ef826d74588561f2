import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';

/** The newest present backup of a database and the oldest one of its inventory. */
export interface BackupSpan {
  readonly newest?: Pick<Backup, 'id' | 'stoppedAt'>;
  readonly inventory?: {
    readonly observedAt: string;
    readonly backups: readonly Pick<Backup, 'state' | 'stoppedAt'>[];
  };
}

/** Backups as reconciliation last read them from the repository. */
export interface BackupReader {
  /** The present backup that stopped last. */
  newestPresent(databaseId: string): Promise<Backup | undefined>;
  /** Of every database with backups or an inventory, what its freshness is judged by. */
  listSpans(): Promise<ReadonlyMap<string, BackupSpan>>;
  /** The last inventory read, with when the worker made it in `observedAt`. */
  getInventory(databaseId: string): Promise<Inventory | undefined>;
}
