import { once } from 'node:events';
import { AddressInfo, createServer, Server } from 'node:net';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { metrics } from '@opentelemetry/api';
import { metricsEndpointPlugin, startMetrics } from './metrics';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('metrics', () => {
  beforeAll(startMetrics);
  afterAll(() => metrics.disable());

  it('serves what is observed now and forgets what is gone', async () => {
    const observed = new Map([
      ['orders', 1],
      ['bills', 2],
    ]);
    metrics
      .getMeter('test')
      .createObservableGauge('test_status', { description: 'A test' })
      .addCallback(result => {
        for (const [database, value] of observed) {
          result.observe(value, { database });
        }
      });
    const port = await freePort();
    const backend = await startTestBackend({
      features: [
        metricsEndpointPlugin,
        mockServices.rootConfig.factory({
          data: { databaseOps: { metrics: { port } } },
        }),
      ],
    });
    const scrape = async () =>
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

    expect(await scrape()).toContain('test_status{database="bills"} 2');
    observed.delete('bills');
    observed.set('orders', 3);
    const second = await scrape();
    expect(second).toContain('test_status{database="orders"} 3');
    expect(second).not.toContain('bills');
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);

    await backend.stop();
    await expect(scrape()).rejects.toThrow();
  });

  it('serves nothing unless configuration names a port', async () => {
    const listen = jest.spyOn(Server.prototype, 'listen');
    const backend = await startTestBackend({
      features: [metricsEndpointPlugin],
    });
    const addresses = listen.mock.calls.map(([, host]) => host);
    expect(addresses).not.toContain('127.0.0.1');
    listen.mockRestore();
    await backend.stop();
  });
});
