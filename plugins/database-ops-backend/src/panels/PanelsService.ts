import { InputError, NotFoundError, toError } from '@backstage/errors';
import {
  Panel,
  PanelData,
  PanelList,
} from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog } from '../databases/types';
import {
  MAX_POINTS_PER_SERIES,
  PrometheusClient,
  QueryRange,
} from '../prometheus/PrometheusClient';
import { Dashboard, readDashboard } from './Dashboard';
import { embedUrl, GrafanaOptions } from './embedUrl';
import { interpolate } from './interpolate';
import { toPanelData } from './panelData';
import { PanelRange, PanelsReader } from './types';

/** About as many points as a panel has pixels to spare for. */
const TARGET_POINTS = 240;

/** What {@link PanelsService} needs. */
export interface PanelsServiceOptions {
  readonly databases: DatabaseCatalog;
  /** Absent when no Prometheus is configured. */
  readonly prometheus?: PrometheusClient;
  readonly grafana?: GrafanaOptions;
  /** The file with an engine's dashboard; `undefined` when it has none. */
  readonly dashboardFile: (engineKind: string) => string | undefined;
  readonly scrapeIntervalSeconds: number;
}

/**
 * Panels of a database's dashboard. Prometheus is only ever asked for the
 * dashboard's own expressions: a caller names a panel and a span of time.
 */
export class PanelsService implements PanelsReader {
  readonly #options: PanelsServiceOptions;
  readonly #dashboards = new Map<string, Promise<Dashboard>>();

  constructor(options: PanelsServiceOptions) {
    this.#options = options;
  }

  async getPanels(databaseId: string): Promise<PanelList> {
    const { prometheus, grafana } = this.#options;
    const engineKind = this.#engineKind(databaseId);
    const file = this.#options.dashboardFile(engineKind);
    if (!file) {
      return notConfigured(
        `There is no dashboard for engine '${engineKind}'; set databaseOps.panels.${engineKind}.dashboardFile.`,
      );
    }
    if (!prometheus && !grafana) {
      return notConfigured(
        'Neither Prometheus nor Grafana is configured; set databaseOps.prometheus.url.',
      );
    }
    let dashboard: Dashboard;
    try {
      dashboard = await this.#dashboard(file);
    } catch (thrown) {
      return notConfigured(toError(thrown).message);
    }
    const toPanel = (panel: Panel): Panel =>
      grafana
        ? {
            ...panel,
            embedUrl: embedUrl(grafana, {
              engineKind,
              dashboard,
              panelId: panel.id,
              databaseId,
            }),
          }
        : panel;
    return {
      state: grafana ? 'grafana' : 'native',
      dashboardTitle: dashboard.title,
      items: dashboard.panels.map(({ panel }) => toPanel(panel)),
    };
  }

  async getPanelData(
    databaseId: string,
    panelId: string,
    range: PanelRange,
  ): Promise<PanelData> {
    const { prometheus, scrapeIntervalSeconds } = this.#options;
    const engineKind = this.#engineKind(databaseId);
    const file = this.#options.dashboardFile(engineKind);
    const dashboard = file && (await this.#dashboard(file));
    const panel =
      dashboard &&
      dashboard.panels.find(candidate => candidate.panel.id === panelId);
    if (!panel) {
      throw new NotFoundError(
        `The dashboard of engine '${engineKind}' has no panel '${panelId}'; list its panels first.`,
      );
    }
    if (!prometheus) {
      throw new NotFoundError(
        'No Prometheus is configured to draw panels from; set databaseOps.prometheus.url.',
      );
    }
    const queryRange = toQueryRange(range, scrapeIntervalSeconds);
    const variables = {
      databaseId,
      stepSeconds: queryRange.stepSeconds,
      rangeSeconds: queryRange.endSeconds - queryRange.startSeconds,
      scrapeIntervalSeconds,
    };
    const results = await Promise.all(
      panel.targets.map(async ({ expression, legendFormat }) => ({
        legendFormat,
        series: await prometheus.queryRange(
          interpolate(expression, variables),
          queryRange,
        ),
      })),
    );
    return toPanelData(results, queryRange);
  }

  #engineKind(databaseId: string): string {
    const database = this.#options.databases.get(databaseId);
    if (!database) {
      throw new NotFoundError(
        `There is no database '${databaseId}'; databases are listed under databaseOps.databases in configuration.`,
      );
    }
    return database.engineKind;
  }

  /** Read once; a file that could not be read is tried again. */
  #dashboard(file: string): Promise<Dashboard> {
    const known = this.#dashboards.get(file);
    if (known) {
      return known;
    }
    const reading = readDashboard(file).catch((thrown: unknown) => {
      this.#dashboards.delete(file);
      throw thrown;
    });
    this.#dashboards.set(file, reading);
    return reading;
  }
}

function notConfigured(reason: string): PanelList {
  return { state: 'not-configured', reason, items: [] };
}

/**
 * Aligns a span to its step, so that the same moment gives the same points.
 *
 * @throws InputError for a span that cannot be drawn.
 */
export function toQueryRange(
  range: PanelRange,
  scrapeIntervalSeconds: number,
): QueryRange {
  const { fromSeconds, toSeconds } = range;
  if (
    !Number.isSafeInteger(fromSeconds) ||
    !Number.isSafeInteger(toSeconds) ||
    fromSeconds < 0 ||
    fromSeconds >= toSeconds
  ) {
    throw new InputError(
      `A panel is drawn from an earlier to a later time in epoch seconds, not from ${fromSeconds} to ${toSeconds}.`,
    );
  }
  const stepSeconds =
    range.stepSeconds ??
    Math.max(
      scrapeIntervalSeconds,
      Math.ceil((toSeconds - fromSeconds) / TARGET_POINTS),
    );
  if (!Number.isSafeInteger(stepSeconds) || stepSeconds < 1) {
    throw new InputError(
      `The resolution of a panel is a whole number of seconds from 1, not ${stepSeconds}.`,
    );
  }
  const align = (seconds: number) =>
    Math.floor(seconds / stepSeconds) * stepSeconds;
  const startSeconds = align(fromSeconds);
  const endSeconds = align(toSeconds);
  const points = (endSeconds - startSeconds) / stepSeconds + 1;
  if (points > MAX_POINTS_PER_SERIES) {
    throw new InputError(
      `${points} points are more than a series may have (${MAX_POINTS_PER_SERIES}); choose a shorter span or a larger stepSeconds.`,
    );
  }
  return { startSeconds, endSeconds, stepSeconds };
}
