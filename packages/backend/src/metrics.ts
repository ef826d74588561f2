import { createServer } from 'node:http';
import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
} from '@opentelemetry/sdk-metrics';

/** Whoever may read metrics from elsewhere gets them through a Prometheus on this host. */
const HOST = '127.0.0.1';

/**
 * An observed gauge tells what is true now: a series that was not observed
 * again, such as a signal of a member that was removed, is not exported
 * again. Cumulative collection would repeat its last value forever.
 */
class CurrentValuesExporter extends PrometheusExporter {
  override selectAggregationTemporality(
    instrumentType: InstrumentType,
  ): AggregationTemporality {
    return instrumentType === InstrumentType.OBSERVABLE_GAUGE
      ? AggregationTemporality.DELTA
      : AggregationTemporality.CUMULATIVE;
  }
}

const exporter = new CurrentValuesExporter({
  preventServerStart: true,
  withoutScopeInfo: true,
});

/**
 * Makes this process's meters real. Before any plugin asks for one: what is
 * asked for earlier stays silent.
 */
export function startMetrics(): void {
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [exporter] }));
}

/** Serves the metrics to a Prometheus on this host when `databaseOps.metrics.port` names a port. */
export const metricsEndpointPlugin = createBackendPlugin({
  pluginId: 'metrics-endpoint',
  register(env) {
    env.registerInit({
      deps: {
        config: coreServices.rootConfig,
        lifecycle: coreServices.rootLifecycle,
        logger: coreServices.logger,
      },
      async init({ config, lifecycle, logger }) {
        const port = config.getOptionalNumber('databaseOps.metrics.port');
        if (port === undefined) {
          return;
        }
        const server = createServer((request, response) => {
          if (request.method === 'GET' && request.url === '/metrics') {
            exporter.getMetricsRequestHandler(request, response);
            return;
          }
          response.writeHead(404).end();
        });
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(port, HOST, resolve);
        });
        logger.info(`Metrics are served at http://${HOST}:${port}/metrics`);
        lifecycle.addShutdownHook(() => {
          server.close();
          server.closeAllConnections();
        });
      },
    });
  },
});
