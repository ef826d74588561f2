import { FleetGroupDefinition } from '../framework/types';
import { MEMBERS } from '../postgresql/names';
import { MONITORING_SECRET, MONITORING_USER } from './access';
import { alertmanager } from './alertmanager';
import { postgresExporter } from './exporter';
import { prometheus, SCRAPE_INTERVAL_SECONDS } from './prometheus';

/** Prometheus with this repository's rules, Alertmanager, and an exporter for each PostgreSQL. */
export const monitoringGroup: FleetGroupDefinition = {
  group: 'monitoring',
  needs: ['postgresql'],
  async prepare(context) {
    const exporters = [];
    const scraped = [];
    for (const [index, member] of MEMBERS.entries()) {
      const name = `fleet-postgres-exporter-${index + 1}`;
      exporters.push(await postgresExporter(context, name, member));
      scraped.push({ member, exporterPort: await context.port(name) });
    }
    return [
      ...exporters,
      await alertmanager(context),
      await prometheus(context, scraped),
    ];
  },
  // Nothing beyond the configuration files that each start writes.
  async provision() {},
  async configuration(context) {
    const access = {
      caFile: context.caFile,
      username: MONITORING_USER,
      password: { $file: await context.secretFile(MONITORING_SECRET) },
    };
    const url = async (name: string) =>
      `https://127.0.0.1:${await context.port(name)}`;
    return {
      other: {
        prometheus: {
          url: await url('fleet-prometheus'),
          scrapeIntervalSeconds: SCRAPE_INTERVAL_SECONDS,
          ...access,
        },
        alertmanager: { url: await url('fleet-alertmanager'), ...access },
        metrics: { port: await context.port('portal-metrics') },
      },
    };
  },
};
