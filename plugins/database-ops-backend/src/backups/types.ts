import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { RestorableSpan } from '../reachability/restorableSpan';

/** The newest present backup of a database, and what its inventories let it be restored to. */
export interface BackupSpan {
  readonly newest?: Pick<Backup, 'id' | 'stoppedAt'>;
  readonly inventory?: {
    readonly observedAt: string;
    /** Absent where it was not found out. */
    readonly restorable?: RestorableSpan;
  };
}

/** What was last read of one repository. */
export interface StoredInventory {
  /** As the tables know the repository; see `storedAs`. */
  readonly stored: string;
  readonly inventory: Inventory;
  /** Why the repository does not answer now; absent while it does. */
  readonly unreachable?: string;
  /** What it can be restored to; absent where it was not found out. */
  readonly restorable?: RestorableSpan;
}

/** Backups as reconciliation last read them from the repository. */
export interface BackupReader {
  /** The present backup that stopped last, of a repository that answers where one does. */
  newestPresent(databaseId: string): Promise<Backup | undefined>;
  /** Of every database with backups or an inventory, what its freshness is judged by. */
  listSpans(): Promise<ReadonlyMap<string, BackupSpan>>;
  /** The last inventory read of the first repository, with when the worker made it in `observedAt`. */
  getInventory(databaseId: string): Promise<Inventory | undefined>;
  /** The same of every repository that was read. */
  listInventories(databaseId: string): Promise<readonly StoredInventory[]>;
}

/** Inventories whose log is followed between two readings of the repository. */
export interface FollowedInventories {
  listInventories(databaseId: string): Promise<readonly StoredInventory[]>;
  /**
   * Gives whether it was kept: another inventory may have come meanwhile.
   *
   * @param stored - the repository as the tables know it
   */
  follow(inventory: Inventory, stored: string): Promise<boolean>;
}
