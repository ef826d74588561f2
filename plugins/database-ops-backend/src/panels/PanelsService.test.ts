import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  catalogOf,
  readyDatabase,
  ScriptedEngine,
} from '../health/testDatabases';
import { PrometheusClient, QueryRange } from '../prometheus/PrometheusClient';
import { readDashboard } from './Dashboard';
import { seriesName } from './panelData';
import {
  PanelsService,
  PanelsServiceOptions,
  toQueryRange,
} from './PanelsService';

const SHIPPED = join(__dirname, '../../dashboards/postgresql.json');

describe('PanelsService', () => {
  let queries: { readonly expression: string; readonly range: QueryRange }[];

  beforeEach(() => {
    queries = [];
  });

  const prometheus = {
    async queryRange(expression: string, range: QueryRange) {
      queries.push({ expression, range });
      return [
        {
          metric: { __name__: 'x', database: 'orders', member: 'pg-1' },
          values: [
            [range.startSeconds, '1.5'],
            [range.startSeconds + 2 * range.stepSeconds, 'NaN'],
            [range.endSeconds, '3'],
          ] as const,
        },
      ];
    },
  } as unknown as PrometheusClient;

  function service(options: Partial<PanelsServiceOptions> = {}) {
    return new PanelsService({
      databases: catalogOf(
        readyDatabase('orders', new ScriptedEngine(), {
          engineKind: 'postgresql',
        }),
      ),
      prometheus,
      dashboardFile: () => SHIPPED,
      scrapeIntervalSeconds: 15,
      ...options,
    });
  }

  it('offers the time series and single values of the shipped dashboard', async () => {
    const list = await service().getPanels('orders');
    expect(list).toMatchObject({
      state: 'native',
      dashboardTitle: 'PostgreSQL',
    });
    expect(list.items.length).toBeGreaterThanOrEqual(8);
    expect(list.items.find(panel => panel.title === 'Replication lag')).toEqual(
      {
        id: '7',
        title: 'Replication lag',
        description: expect.any(String),
        type: 'timeseries',
        unit: 's',
        decimals: 1,
        thresholds: [
          { value: 5, level: 'warning' },
          { value: 10, level: 'critical' },
        ],
      },
    );
  });

  it('asks for the panel’s own expressions with the database in them', async () => {
    const data = await service().getPanelData('orders', '5', {
      fromSeconds: 1_000_007,
      toSeconds: 1_000_067,
      stepSeconds: 15,
    });
    expect(queries).toEqual([
      {
        expression: 'postgresql:connections{database="orders"}',
        range: {
          startSeconds: 1_000_005,
          endSeconds: 1_000_065,
          stepSeconds: 15,
        },
      },
      {
        expression: 'max(postgresql:connections_limit{database="orders"})',
        range: expect.anything(),
      },
    ]);
    expect(data.timestamps).toEqual([
      1_000_005, 1_000_020, 1_000_035, 1_000_050, 1_000_065,
    ]);
    expect(data.series).toEqual([
      {
        name: 'pg-1',
        labels: expect.anything(),
        values: [1.5, null, null, null, 3],
      },
      expect.objectContaining({ name: 'limit' }),
    ]);
  });

  it('refuses a panel that the dashboard lacks and a database that is not there', async () => {
    const range = { fromSeconds: 0, toSeconds: 60 };
    await expect(
      service().getPanelData('orders', 'up{}', range),
    ).rejects.toThrow(/has no panel 'up\{\}'/);
    await expect(service().getPanels('nobody')).rejects.toThrow(/no database/);
    expect(queries).toEqual([]);
  });

  it('says what is missing', async () => {
    expect(
      await service({ dashboardFile: () => undefined }).getPanels('orders'),
    ).toMatchObject({
      state: 'not-configured',
      reason: expect.stringContaining(
        'databaseOps.panels.postgresql.dashboardFile',
      ),
    });
    expect(
      await service({ prometheus: undefined }).getPanels('orders'),
    ).toMatchObject({ state: 'not-configured' });
    expect(
      await service({ dashboardFile: () => '/nowhere.json' }).getPanels(
        'orders',
      ),
    ).toMatchObject({
      state: 'not-configured',
      reason: expect.stringContaining("'/nowhere.json' cannot be read"),
    });
  });

  it('gives the frames of a Grafana where one is configured', async () => {
    const list = await service({
      grafana: {
        url: 'https://grafana.example.com/g/',
        dashboards: { postgresql: 'abc' },
      },
    }).getPanels('orders');
    expect(list.state).toBe('grafana');
    expect(list.items[0].embedUrl).toBe(
      'https://grafana.example.com/g/d-solo/abc/postgresql?orgId=1&panelId=1&var-database=orders&theme=light',
    );
  });

  it('finds panels in collapsed rows and leaves out what it cannot draw', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
    try {
      const file = join(folder, 'dashboard.json');
      const target = { expr: 'x' };
      await writeFile(
        file,
        JSON.stringify({
          title: 'Mine',
          panels: [
            {
              id: 1,
              type: 'row',
              panels: [{ id: 2, type: 'stat', targets: [target] }],
            },
            { id: 3, type: 'text', title: 'Words' },
            { id: 4, type: 'timeseries', targets: [{ ...target, hide: true }] },
            { id: 5, type: 'timeseries', targets: [target] },
          ],
        }),
      );
      const { panels } = await readDashboard(file);
      expect(panels.map(({ panel }) => panel.id)).toEqual(['2', '5']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('toQueryRange', () => {
  it('chooses a step from the span, no finer than the scrape', () => {
    expect(
      toQueryRange({ fromSeconds: 0, toSeconds: 600 }, 15).stepSeconds,
    ).toBe(15);
    expect(
      toQueryRange({ fromSeconds: 0, toSeconds: 86_400 }, 15).stepSeconds,
    ).toBe(360);
  });

  it.each([
    [{ fromSeconds: 60, toSeconds: 60 }, /from an earlier to a later time/],
    [{ fromSeconds: NaN, toSeconds: 60 }, /from an earlier to a later time/],
    [{ fromSeconds: 0, toSeconds: 60, stepSeconds: 0.5 }, /whole number/],
    [{ fromSeconds: 0, toSeconds: 11_000, stepSeconds: 1 }, /11001 points/],
  ])('refuses %j', (range, message) => {
    expect(() => toQueryRange(range, 15)).toThrow(message);
  });
});

describe('seriesName', () => {
  it.each([
    [{ member: 'pg-1' }, '{{member}}', 'pg-1'],
    [
      { member: 'pg-1', datname: 'a' },
      '{{ datname }} on {{member}}',
      'a on pg-1',
    ],
    [{ __name__: 'up', database: 'orders', member: 'pg-1' }, '', 'pg-1'],
    [{ __name__: 'up', database: 'orders' }, '__auto', 'up'],
    [{}, '', 'value'],
  ])('names %j by %s as %s', (metric, format, name) => {
    expect(seriesName(metric as Record<string, string>, format)).toBe(name);
  });
});
