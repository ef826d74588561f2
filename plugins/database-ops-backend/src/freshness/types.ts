import { Freshness } from 'backstage-plugin-database-ops-common';

/** Age of the newest restorable moment against the policy's RPO. */
export interface FreshnessReader {
  getFreshness(databaseId: string): Promise<Freshness>;
  /** By database id, for every database of the catalog. */
  listFreshness(): Promise<ReadonlyMap<string, Freshness>>;
}
