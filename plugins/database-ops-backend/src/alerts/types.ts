import { AlertList } from 'backstage-plugin-database-ops-common';

/** Firing alerts from Alertmanager. Never throws for an Alertmanager that is away: the list's state says so. */
export interface AlertsReader {
  getAlerts(databaseId: string): Promise<AlertList>;
  /** Firing alerts by database id; `undefined` when they are not known now. */
  countByDatabase(): Promise<ReadonlyMap<string, number> | undefined>;
}
