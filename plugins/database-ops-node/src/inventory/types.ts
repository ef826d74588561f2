import { Backup } from 'backstage-plugin-database-ops-common';

/**
 * A range of archived log that is known to be contiguous.
 *
 * @public
 */
export interface LogRange {
  /** PostgreSQL: timeline; Redis: generation. */
  readonly branch: string;
  readonly from: string;
  readonly to: string;
  /** Size of a segment, where log comes in segments of equal size. */
  readonly segmentBytes?: number;
  /** The positions it covers, the end exclusive; PostgreSQL: LSN. */
  readonly fromPosition?: string;
  readonly toPosition?: string;
  /** When its ends arrived in the archive; ISO 8601 UTC. */
  readonly firstAt?: string;
  readonly lastAt?: string;
  /** Commit time of the newest transaction in the range, when known; ISO 8601 UTC, to the microsecond. */
  readonly lastCommitAt?: string;
  /** Position of that commit. */
  readonly lastCommitPosition?: string;
}

/**
 * Where a line of history left another; PostgreSQL: a timeline.
 *
 * @public
 */
export interface LogBranch {
  readonly branch: string;
  readonly parent: string;
  /** Up to here it is the parent's; PostgreSQL: LSN. */
  readonly position: string;
  /** When it began, as far as the repository knows; ISO 8601 UTC. */
  readonly at?: string;
}

/**
 * How far the log goes on behind an inventory, as the repository itself was
 * seen to hold it between two inventories.
 *
 * @public
 */
export interface LogContinuation {
  /** The branch of the inventory's last range. */
  readonly branch: string;
  /** The newest that follows that range without a gap. */
  readonly to: string;
  readonly toPosition: string;
  /** ISO 8601 UTC. */
  readonly observedAt: string;
  /** The last moment that can surely be restored; ISO 8601 UTC, to the microsecond. */
  readonly restorableTo: string;
}

/**
 * What of a database's part of a repository is locked against removal, as it
 * was written down when it was locked.
 *
 * @public
 */
export interface InventoryLocks {
  /** When that was written; absent when nothing was. ISO 8601 UTC. */
  readonly observedAt?: string;
  /** Present backups that nothing says are locked now. */
  readonly unlockedBackups: readonly string[];
  /** When the first lock of a present backup, or of its log, ends; ISO 8601 UTC. */
  readonly until?: string;
  /** Why not everything that was to be locked is, in a sentence. */
  readonly problem?: string;
}

/**
 * What a worker found in a repository for one database; written there as an
 * object, so that the portal needs neither the repository's tools nor its
 * passphrase.
 *
 * @public
 */
export interface Inventory {
  readonly version: 1;
  readonly databaseId: string;
  readonly engine: string;
  /** ISO 8601 UTC. */
  readonly observedAt: string;
  /** Identity of the data, for example PostgreSQL's system identifier. */
  readonly systemId?: string;
  readonly backups: readonly Backup[];
  readonly logs: readonly LogRange[];
  readonly branches?: readonly LogBranch[];
  /** The line of history that the database is on; the newest one when absent. It is an older one after a restore in place was rolled back. */
  readonly currentBranch?: string;
  /** Files of the log that were found damaged, with their times; nothing is claimed through them while they are there. */
  readonly damagedLogs?: readonly string[];
  /** Where the bucket has Object Lock and the engine locks. */
  readonly locks?: InventoryLocks;
  /** Folder of the log in the tool's part of the repository, where its newest ranges lie. */
  readonly logFolder?: string;
  /** Added by the portal between two inventories; never by a worker. */
  readonly followed?: LogContinuation;
}
