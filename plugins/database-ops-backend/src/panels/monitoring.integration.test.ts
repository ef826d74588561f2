// Panels and alerts against the fleet's own Prometheus and Alertmanager.
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import https from 'node:https';
import { ConfigReader } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import { AlertList } from 'backstage-plugin-database-ops-common';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { AlertmanagerClient } from '../alerts/AlertmanagerClient';
import { AlertsService } from '../alerts/AlertsService';
import {
  catalogOf,
  readyDatabase,
  ScriptedEngine,
} from '../health/testDatabases';
import { readMonitoringEndpoint } from '../prometheus/MonitoringEndpoint';
import { PrometheusClient } from '../prometheus/PrometheusClient';
import { readDashboard } from './Dashboard';
import { PanelsService } from './PanelsService';
import { join } from 'node:path';

const DATABASE = 'analytics-timescale';
const DASHBOARD = join(__dirname, '../../dashboards/postgresql.json');
const ALERT_WITHIN_SECONDS = 90;

interface Access {
  readonly url: string;
  readonly caFile: string;
  readonly username: string;
  readonly password: string;
}

jest.setTimeout(600_000);

describe('panels and alerts of the fleet', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let prometheus: Access;
  let alertmanager: Access;

  /** Configuration with its secrets read, as the portal's own reader does. */
  async function accessTo(name: string): Promise<Access> {
    const { databaseOps } = await fleet.configuration();
    const part = databaseOps[name] as Omit<Access, 'password'> & {
      readonly password: { readonly $file: string };
    };
    const password = await readFile(part.password.$file, 'utf8');
    return { ...part, password: password.trim() };
  }

  beforeAll(async () => {
    loan = await FleetLoan.take({
      only: ['s3', 'postgresql', 'monitoring'],
    });
    fleet = loan.fleet;
    prometheus = await accessTo('prometheus');
    alertmanager = await accessTo('alertmanager');
  });

  afterAll(async () => {
    await loan?.giveBack();
  });

  function panels(access = prometheus) {
    const endpoint = readMonitoringEndpoint(
      new ConfigReader(access as unknown as JsonObject),
      { name: 'Prometheus', timeoutSeconds: 15 },
    );
    return new PanelsService({
      databases: catalogOf(
        readyDatabase(DATABASE, new ScriptedEngine(), {
          engineKind: 'postgresql',
        }),
      ),
      prometheus: new PrometheusClient(endpoint!),
      dashboardFile: () => DASHBOARD,
      scrapeIntervalSeconds: 5,
    });
  }

  function alerts(access = alertmanager) {
    const endpoint = readMonitoringEndpoint(
      new ConfigReader(access as unknown as JsonObject),
      { name: 'Alertmanager', timeoutSeconds: 5 },
    );
    return new AlertsService({
      client: new AlertmanagerClient({
        endpoint: endpoint!,
        databaseLabel: 'database',
      }),
    });
  }

  /** Asks Prometheus as a person with curl would. */
  async function ask(path: string, query: Record<string, string>) {
    const { port } = new URL(prometheus.url);
    const request = https.get({
      host: '127.0.0.1',
      port,
      path: `${path}?${new URLSearchParams(query)}`,
      ca: await readFile(prometheus.caFile),
      auth: `${prometheus.username}:${prometheus.password}`,
    });
    const [response] = await once(request, 'response');
    let text = '';
    for await (const chunk of response) {
      text += chunk;
    }
    return JSON.parse(text);
  }

  async function until(
    seconds: number,
    holds: () => Promise<boolean>,
    what: () => string,
  ) {
    const startedAt = Date.now();
    while (!(await holds())) {
      if (Date.now() - startedAt > seconds * 1000) {
        throw new Error(`Not within ${seconds} s: ${what()}`);
      }
      await new Promise(resolve => {
        setTimeout(resolve, 1000);
      });
    }
    return (Date.now() - startedAt) / 1000;
  }

  it('draws what Prometheus answers for the same expression', async () => {
    const service = panels();
    const dashboard = await readDashboard(DASHBOARD);
    const ofExporters = dashboard.panels.filter(({ targets }) =>
      targets.every(({ expression }) => expression.includes('postgresql:')),
    );
    expect(ofExporters.length).toBeGreaterThanOrEqual(6);
    // Rates need two scrapes; a quiet server may have too few reads for a cache hit ratio.
    await until(
      60,
      async () => {
        const toSeconds = Math.floor(Date.now() / 1000);
        const fromSeconds = toSeconds - 30;
        const range = { fromSeconds, toSeconds };
        const data = await service.getPanelData(DATABASE, '6', range);
        return data.series.length === 2;
      },
      () => 'transactions of both members',
    );
    const toSeconds = Math.floor(Date.now() / 1000);
    const range = { fromSeconds: toSeconds - 60, toSeconds, stepSeconds: 5 };
    let drawn = 0;
    for (const { panel, targets } of ofExporters) {
      const data = await service.getPanelData(DATABASE, panel.id, range);
      const expected: (number | null)[][] = [];
      for (const { expression } of targets) {
        const answer = await ask('/api/v1/query_range', {
          query: expression.replaceAll('$database', DATABASE),
          start: String(data.timestamps[0]),
          end: String(data.timestamps.at(-1)),
          step: '5',
        });
        expect(answer.status).toBe('success');
        for (const { values } of answer.data.result) {
          const byTime = new Map<number, string>(values);
          expected.push(
            data.timestamps.map(time => {
              const text = byTime.get(time);
              return text === undefined ? null : Number(text);
            }),
          );
        }
      }
      expect({
        panel: panel.title,
        values: data.series.map(({ values }) => values),
      }).toEqual({ panel: panel.title, values: expected });
      drawn += expected.length > 0 ? 1 : 0;
    }
    expect(drawn).toBeGreaterThanOrEqual(6);
  });

  it('shows a stopped standby within 90 s, and that it is back', async () => {
    const service = alerts();
    let last: AlertList | undefined;
    const firing = async () => {
      last = await service.getAlerts(DATABASE);
      return last.items.map(({ name, labels }) => `${name} ${labels.member}`);
    };
    const described = () => JSON.stringify(last);
    await until(120, async () => (await firing()).length === 0, described);

    await fleet.member('fleet-pg-2').stop();
    const seconds = await until(
      ALERT_WITHIN_SECONDS,
      async () => {
        const names = await firing();
        return (
          names.includes('PostgreSQLDown fleet-pg-2') &&
          names.includes('PostgreSQLStandbyDisconnected fleet-pg-1')
        );
      },
      described,
    );
    expect(seconds).toBeLessThan(ALERT_WITHIN_SECONDS);
    expect(last).toMatchObject({ state: 'current' });
    const down = last?.items.find(({ name }) => name === 'PostgreSQLDown');
    expect(down).toMatchObject({
      severity: 'critical',
      state: 'active',
      summary: `fleet-pg-2 of ${DATABASE} accepts no connections`,
      runbookUrl: expect.stringContaining('PostgreSQLDown'),
    });

    await fleet.member('fleet-pg-2').start();
    await until(
      ALERT_WITHIN_SECONDS,
      async () => (await firing()).length === 0,
      described,
    );
  });

  it('says so when the password is wrong, and shows none', async () => {
    const wrong = { password: 'wrong-password' };
    const list = await alerts({ ...alertmanager, ...wrong }).getAlerts(
      DATABASE,
    );
    expect(list).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('refused our credentials'),
    });
    await expect(
      panels({ ...prometheus, ...wrong }).getPanelData(DATABASE, '5', {
        fromSeconds: 0,
        toSeconds: 60,
      }),
    ).rejects.toThrow(/refused our credentials/);
  });

  it('says so when Alertmanager is away', async () => {
    const member = fleet.member('fleet-alertmanager');
    await member.stop();
    expect(await alerts().getAlerts(DATABASE)).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('cannot be reached'),
    });
    await member.start();
    expect(await alerts().getAlerts(DATABASE)).toMatchObject({
      state: 'current',
    });
  });
});
