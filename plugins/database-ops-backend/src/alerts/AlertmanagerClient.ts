import { ServiceUnavailableError } from '@backstage/errors';
import { Alert } from 'backstage-plugin-database-ops-common';
import { z } from 'zod';
import { MonitoringEndpoint } from '../prometheus/MonitoringEndpoint';

/** Alertmanager's API v2, `gettableAlerts`: what is read of it. */
const alertsSchema = z.array(
  z.object({
    fingerprint: z.string(),
    labels: z.record(z.string(), z.string()),
    annotations: z.record(z.string(), z.string()),
    startsAt: z.string(),
    status: z.object({
      state: z.enum(['active', 'suppressed', 'unprocessed']),
    }),
  }),
);

/** Firing alerts from the Alertmanager of the configuration. */
export class AlertmanagerClient {
  readonly #endpoint: MonitoringEndpoint;
  readonly #databaseLabel: string;

  constructor(options: {
    readonly endpoint: MonitoringEndpoint;
    /** The label that carries a database's id. */
    readonly databaseLabel: string;
  }) {
    this.#endpoint = options.endpoint;
    this.#databaseLabel = options.databaseLabel;
  }

  /**
   * Every firing alert that names a database, by its id; newest first. One
   * request serves all pages.
   *
   * @throws ServiceUnavailableError when Alertmanager is away.
   */
  async getAlerts(): Promise<ReadonlyMap<string, readonly Alert[]>> {
    const answer = await this.#endpoint.getJson(
      '/api/v2/alerts',
      new URLSearchParams({
        active: 'true',
        silenced: 'true',
        inhibited: 'true',
        filter: `${this.#databaseLabel}=~".+"`,
      }),
    );
    const parsed = alertsSchema.safeParse(answer.body);
    if (answer.status !== 200 || !parsed.success) {
      throw new ServiceUnavailableError(
        `${this.#endpoint.name} answered HTTP ${answer.status} without alerts; check that its url is that of an Alertmanager.`,
      );
    }
    const alerts = new Map<string, Alert[]>();
    for (const item of parsed.data) {
      const databaseId = item.labels[this.#databaseLabel];
      const ofDatabase = alerts.get(databaseId) ?? [];
      ofDatabase.push(toAlert(item));
      alerts.set(databaseId, ofDatabase);
    }
    for (const ofDatabase of alerts.values()) {
      ofDatabase.sort((a, b) => b.startsAt.localeCompare(a.startsAt));
    }
    return alerts;
  }
}

function toAlert(item: z.infer<typeof alertsSchema>[number]): Alert {
  const { labels, annotations } = item;
  return {
    fingerprint: item.fingerprint,
    name: labels.alertname ?? item.fingerprint,
    severity: labels.severity ?? 'none',
    state: item.status.state,
    summary: annotations.summary,
    description: annotations.description,
    runbookUrl: safeLink(annotations.runbook_url),
    startsAt: new Date(item.startsAt).toISOString(),
    labels,
  };
}

/** Annotations are written by people with access to rules, not to this portal's pages. */
function safeLink(link: string | undefined): string | undefined {
  if (!link) {
    return undefined;
  }
  const isPortalPath = /^\/(?![/\\])/.test(link);
  const isWebAddress =
    URL.canParse(link) && /^https?:$/.test(new URL(link).protocol);
  return isPortalPath || isWebAddress ? link : undefined;
}
