import { DatabaseOpsApiClient } from './DatabaseOpsApiClient';

describe('DatabaseOpsApiClient', () => {
  const fetch = jest.fn(async () => new Response('{}'));
  const client = new DatabaseOpsApiClient({
    discoveryApi: {
      getBaseUrl: async pluginId => `http://portal/api/${pluginId}`,
    },
    fetchApi: { fetch },
  });

  it('sends the idempotency key under the name of its header, beside the token', async () => {
    await client.createOperation(
      {
        body: { databaseId: 'orders', kind: 'backup' },
        header: { idempotencyKey: 'key-12345' },
      },
      { token: 'of-a-person' },
    );
    expect(fetch).toHaveBeenLastCalledWith(
      'http://portal/api/database-ops/operations',
      {
        method: 'POST',
        headers: {
          'Idempotency-Key': 'key-12345',
          'Content-Type': 'application/json',
          Authorization: 'Bearer of-a-person',
        },
        body: '{"databaseId":"orders","kind":"backup"}',
      },
    );
  });

  it('asks for a panel’s range by the names that the API reads', async () => {
    await client.getPanelData({
      path: { databaseId: 'orders', panelId: 'lag' },
      query: { _from: 1, to: 2, stepSeconds: 10 },
    });
    expect(fetch).toHaveBeenLastCalledWith(
      'http://portal/api/database-ops/databases/orders/panels/lag/data?from=1&to=2&stepSeconds=10',
      expect.objectContaining({ method: 'GET' }),
    );
  });
});
