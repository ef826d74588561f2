import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Config } from '@backstage/config';
import { metrics } from '@opentelemetry/api';
import { S3ObjectStore } from 'backstage-plugin-database-ops-node';
import { AlertmanagerClient } from '../alerts/AlertmanagerClient';
import { AlertsService } from '../alerts/AlertsService';
import { packageFile } from '../database/packageFile';
import { FreshnessService } from '../freshness/FreshnessService';
import { DatabaseOpsMetrics } from '../metrics/DatabaseOpsMetrics';
import { Heartbeats } from '../metrics/Heartbeats';
import { FactsReader } from '../metrics/MetricFacts';
import { listOperationOutcomes } from '../metrics/operationOutcomes';
import { Monitoring, MonitoringDependencies } from '../monitoring/types';
import { GrafanaOptions } from '../panels/embedUrl';
import { PanelsService } from '../panels/PanelsService';
import { readMonitoringEndpoint } from '../prometheus/MonitoringEndpoint';
import { PrometheusClient } from '../prometheus/PrometheusClient';
import { HealthCheckTurns } from './HealthCheckTurns';
import { HealthEvents } from './HealthEvents';
import { HealthLoop } from './HealthLoop';
import { HealthReportStore } from './HealthReportStore';
import { LogFollower } from './LogFollower';
import { Observers } from './Observers';
import { RepositoryProbe } from './RepositoryProbe';

/** A page waits for these answers. */
const ALERTMANAGER_TIMEOUT_SECONDS = 5;
const PROMETHEUS_TIMEOUT_SECONDS = 15;

/** Builds the monitoring half of the plugin; nothing runs before `start`. */
export async function createMonitoring(
  dependencies: MonitoringDependencies,
): Promise<Monitoring> {
  const { config, logger, lifecycle, databases, backups, operations } =
    dependencies;
  const knex = await dependencies.database.getClient();
  const root = config.getOptionalConfig('databaseOps');
  const heartbeats = new Heartbeats({ knex });
  const reports = new HealthReportStore({ knex });
  const freshness = new FreshnessService({ databases, backups });
  const loop = createHealthLoop(dependencies, {
    config: root,
    knex,
    heartbeats,
    reports,
    freshness,
  });
  const ownMetrics = new DatabaseOpsMetrics({
    meter: metrics.getMeter('backstage-plugin-database-ops-backend'),
    logger,
    facts: new FactsReader({
      databases,
      health: reports,
      freshness,
      operations,
      outcomes: () => listOperationOutcomes(knex),
      heartbeats,
    }),
  });
  lifecycle.addShutdownHook(async () => {
    ownMetrics.stop();
    await loop.stop();
  });
  return {
    health: reports,
    freshness,
    alerts: createAlerts(root),
    panels: createPanels(root, dependencies),
    async start() {
      ownMetrics.start();
      loop.start();
    },
  };
}

function createHealthLoop(
  dependencies: MonitoringDependencies,
  parts: {
    readonly config: Config | undefined;
    readonly knex: Awaited<
      ReturnType<MonitoringDependencies['database']['getClient']>
    >;
    readonly heartbeats: Heartbeats;
    readonly reports: HealthReportStore;
    readonly freshness: FreshnessService;
  },
): HealthLoop {
  const { databases, backups, logger, publish, signalSources } = dependencies;
  const { audit, announcements } = dependencies;
  const { config, knex, ...kept } = parts;
  const health = config?.getOptionalConfig('health');
  const intervalSeconds = health?.getOptionalNumber('intervalSeconds') ?? 30;
  const timeoutSeconds = health?.getOptionalNumber('timeoutSeconds') ?? 10;
  const observers = new Observers({ logger, timeoutSeconds });
  return new HealthLoop({
    ...kept,
    databases,
    logger,
    publish,
    signalSources,
    reachable: backups,
    intervalSeconds,
    concurrency: health?.getOptionalNumber('concurrency') ?? 8,
    turns: new HealthCheckTurns({
      knex,
      owner: `${hostname()}/${randomUUID()}`,
      leaseSeconds: timeoutSeconds + intervalSeconds,
    }),
    observers,
    logs: new LogFollower({ observers, backups, publish, logger }),
    events: new HealthEvents({ audit, announcements, logger }),
    repositories: new RepositoryProbe({
      logger,
      intervalSeconds,
      timeoutSeconds,
      createStore: repository =>
        S3ObjectStore.create(repository, {
          connectTimeoutSeconds: Math.min(3, timeoutSeconds),
          requestTimeoutSeconds: timeoutSeconds,
          maxAttempts: 1,
        }),
    }),
  });
}

function createAlerts(config: Config | undefined): AlertsService {
  const section = config?.getOptionalConfig('alertmanager');
  const endpoint = readMonitoringEndpoint(section, {
    name: 'Alertmanager',
    timeoutSeconds: ALERTMANAGER_TIMEOUT_SECONDS,
  });
  return new AlertsService({
    client:
      endpoint &&
      new AlertmanagerClient({
        endpoint,
        databaseLabel:
          section?.getOptionalString('databaseLabel') ?? 'database',
      }),
  });
}

function createPanels(
  config: Config | undefined,
  dependencies: MonitoringDependencies,
): PanelsService {
  const section = config?.getOptionalConfig('prometheus');
  const endpoint = readMonitoringEndpoint(section, {
    name: 'Prometheus',
    timeoutSeconds: PROMETHEUS_TIMEOUT_SECONDS,
  });
  return new PanelsService({
    databases: dependencies.databases,
    prometheus: endpoint && new PrometheusClient(endpoint),
    grafana: readGrafana(config?.getOptionalConfig('grafana')),
    scrapeIntervalSeconds:
      section?.getOptionalNumber('scrapeIntervalSeconds') ?? 15,
    dashboardFile: engineKind =>
      findDashboardFile(config?.getOptionalConfig('panels'), engineKind),
  });
}

function readGrafana(config: Config | undefined): GrafanaOptions | undefined {
  return (
    config && {
      url: config.getString('url'),
      dashboards:
        config.getOptional<Record<string, string>>('dashboards') ?? {},
    }
  );
}

/** The configured definition, else the one that comes with this package. */
function findDashboardFile(
  panels: Config | undefined,
  engineKind: string,
): string | undefined {
  // The kind becomes part of a key and a path: only what engines are called is looked up.
  if (!/^[a-z][a-z0-9-]*$/.test(engineKind)) {
    return undefined;
  }
  const configured = panels
    ?.getOptionalConfig(engineKind)
    ?.getOptionalString('dashboardFile');
  if (configured) {
    return resolve(configured);
  }
  const shipped = packageFile('dashboards', `${engineKind}.json`);
  return existsSync(shipped) ? shipped : undefined;
}
