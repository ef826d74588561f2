import { createServer, Server } from 'node:http';
import { once } from 'node:events';
import { AddressInfo } from 'node:net';
import { ConfigReader } from '@backstage/config';
import { readMonitoringEndpoint } from '../prometheus/MonitoringEndpoint';
import { AlertmanagerClient } from './AlertmanagerClient';
import { AlertsService } from './AlertsService';

function firing(fingerprint: string, overrides: Record<string, unknown> = {}) {
  return {
    fingerprint,
    labels: { alertname: 'PostgreSQLDown', severity: 'critical', db: 'orders' },
    annotations: {
      summary: 'pg-1 of orders accepts no connections',
      runbook_url: '/docs/runbooks/PostgreSQLDown/',
    },
    startsAt: '2026-03-01T10:00:00.000+01:00',
    status: { state: 'active' },
    ...overrides,
  };
}

describe('AlertsService', () => {
  let server: Server;
  let answer: { readonly status: number; readonly body: string };
  let requests: { readonly url: string; readonly authorization?: string }[];
  let nowMs: number;

  beforeEach(async () => {
    nowMs = Date.parse('2026-03-01T12:00:00.000Z');
    requests = [];
    answer = { status: 200, body: '[]' };
    server = createServer((request, response) => {
      const { authorization } = request.headers;
      requests.push({ url: request.url ?? '', authorization });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
  });

  function service() {
    const { port } = server.address() as AddressInfo;
    const endpoint = readMonitoringEndpoint(
      new ConfigReader({
        url: `http://127.0.0.1:${port}/alertmanager/`,
        username: 'portal',
        password: 'test-password',
      }),
      { name: 'Alertmanager', timeoutSeconds: 1 },
    );
    return new AlertsService({
      client: new AlertmanagerClient({
        endpoint: endpoint!,
        databaseLabel: 'db',
      }),
      clock: () => new Date(nowMs),
    });
  }

  const answerWith = (...alerts: unknown[]) => {
    answer = { status: 200, body: JSON.stringify(alerts) };
  };

  it('gives the alerts of a database by the configured label', async () => {
    answerWith(
      firing('1'),
      firing('2', { labels: { alertname: 'Other', db: 'bills' } }),
    );
    const list = await service().getAlerts('orders');
    expect(list).toEqual({
      state: 'current',
      observedAt: '2026-03-01T12:00:00.000Z',
      items: [
        {
          fingerprint: '1',
          name: 'PostgreSQLDown',
          severity: 'critical',
          state: 'active',
          summary: 'pg-1 of orders accepts no connections',
          runbookUrl: '/docs/runbooks/PostgreSQLDown/',
          startsAt: '2026-03-01T09:00:00.000Z',
          labels: expect.objectContaining({ db: 'orders' }),
        },
      ],
    });
    expect(requests[0].url).toMatch(/^\/alertmanager\/api\/v2\/alerts\?/);
    expect(
      new URL(requests[0].url, 'http://x').searchParams.get('filter'),
    ).toBe('db=~".+"');
    expect(requests[0].authorization).toMatch(/^Basic /);
  });

  it('asks once for callers within ten seconds', async () => {
    answerWith(
      firing('1'),
      firing('2', { status: { state: 'suppressed' } }),
      firing('3', { labels: { db: 'bills' } }),
    );
    const alerts = service();
    await Promise.all([alerts.getAlerts('orders'), alerts.getAlerts('bills')]);
    expect(await alerts.countByDatabase()).toEqual(
      new Map([
        ['orders', 1],
        ['bills', 1],
      ]),
    );
    expect(requests).toHaveLength(1);
    nowMs += 10_000;
    await alerts.getAlerts('orders');
    expect(requests).toHaveLength(2);
  });

  it('shows the last alerts as stale while Alertmanager is away, then as unknown', async () => {
    answerWith(firing('1'));
    const alerts = service();
    await alerts.getAlerts('orders');
    answer = { status: 503, body: 'gone' };
    nowMs += 60_000;
    expect(await alerts.getAlerts('orders')).toMatchObject({
      state: 'stale',
      observedAt: '2026-03-01T12:00:00.000Z',
      reason: expect.stringContaining('HTTP 503'),
      items: [{ fingerprint: '1' }],
    });
    expect(await alerts.countByDatabase()).toBeUndefined();
    nowMs += 16 * 60_000;
    expect(await alerts.getAlerts('orders')).toMatchObject({
      state: 'unknown',
      items: [],
    });
  });

  it('says when credentials are refused, without showing them', async () => {
    answer = { status: 401, body: 'Unauthorized' };
    const { state, reason } = await service().getAlerts('orders');
    expect(state).toBe('unknown');
    expect(reason).toContain('refused our credentials (HTTP 401)');
    expect(reason).not.toContain('test-password');
  });

  it('says when nothing answers', async () => {
    const alerts = service();
    server.closeAllConnections();
    server.close();
    expect(await alerts.getAlerts('orders')).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining('cannot be reached'),
    });
  });

  it('says when none is configured', async () => {
    const alerts = new AlertsService({});
    expect((await alerts.getAlerts('orders')).state).toBe('not-configured');
    expect(await alerts.countByDatabase()).toBeUndefined();
  });

  it.each([
    ['https://runbooks.example.com/x', true],
    ['/docs/x', true],
    ['/docs/default/component/database-ops/runbooks/PostgreSQLDown/', true],
    ['//evil.example.com', false],
    ['/\\evil.example.com', false],
    ['data:text/html,words', false],
    ['not a link', false],
  ])('keeps the runbook link %s: %s', async (link, kept) => {
    answerWith(firing('1', { annotations: { runbook_url: link } }));
    const { items } = await service().getAlerts('orders');
    expect(items[0].runbookUrl).toBe(kept ? link : undefined);
  });
});

describe('readMonitoringEndpoint', () => {
  it.each([
    ['not a url', /not a URL/],
    ['ftp://host', /has to begin with/],
    ['https://user:word@host', /move them to username and password/],
  ])('refuses %s', (url, message) => {
    expect(() =>
      readMonitoringEndpoint(new ConfigReader({ url }), {
        name: 'Prometheus',
        timeoutSeconds: 1,
      }),
    ).toThrow(message);
  });
});
