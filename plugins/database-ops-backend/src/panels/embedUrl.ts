import { Dashboard } from './Dashboard';

/** A Grafana whose frames are embedded; from configuration only. */
export interface GrafanaOptions {
  readonly url: string;
  /** Dashboard uid by engine, where it is not that of the shipped definition. */
  readonly dashboards: Readonly<Record<string, string>>;
}

/** The address of one panel's frame, with the database as the dashboard's variable. */
export function embedUrl(
  grafana: GrafanaOptions,
  target: {
    readonly engineKind: string;
    readonly dashboard: Dashboard;
    readonly panelId: string;
    readonly databaseId: string;
  },
): string {
  const { engineKind, dashboard, panelId, databaseId } = target;
  const uid =
    grafana.dashboards[engineKind] ??
    dashboard.uid ??
    `database-ops-${engineKind}`;
  const url = new URL(grafana.url);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/d-solo/${encodeURIComponent(uid)}/${engineKind}`;
  url.search = new URLSearchParams({
    orgId: '1',
    panelId,
    'var-database': databaseId,
    theme: 'light',
  }).toString();
  return url.toString();
}
