import { PanelData, PanelList } from 'backstage-plugin-database-ops-common';

/** The span that a panel is drawn for. */
export interface PanelRange {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly stepSeconds?: number;
}

/** Panels of a database's dashboard and their series. */
export interface PanelsReader {
  getPanels(databaseId: string): Promise<PanelList>;
  /**
   * @throws NotFoundError for a panel that the dashboard lacks, InputError for
   * a range that cannot be drawn, ServiceUnavailableError when Prometheus is away.
   */
  getPanelData(
    databaseId: string,
    panelId: string,
    range: PanelRange,
  ): Promise<PanelData>;
}
