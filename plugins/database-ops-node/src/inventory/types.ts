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
  /** Commit time of the newest transaction in the range, when known; ISO 8601 UTC. */
  readonly lastCommitAt?: string;
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
}
