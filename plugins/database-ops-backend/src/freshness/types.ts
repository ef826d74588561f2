import { Freshness } from 'backstage-plugin-database-ops-common';

/** Age of the newest backup against the policy's RPO, and what can be restored. */
export interface FreshnessReader {
  getFreshness(databaseId: string): Promise<Freshness>;
  /** By database id, for every database of the catalog. */
  listFreshness(): Promise<ReadonlyMap<string, Freshness>>;
}
