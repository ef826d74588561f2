/** @jest-environment node */
import { DatabaseOpsClient } from './DatabaseOpsClient';
import { operationInTheWay, sentenceOf } from './errors';

function clientOver(fetch: jest.Mock) {
  return new DatabaseOpsClient({
    discoveryApi: { getBaseUrl: async () => 'http://portal/api/database-ops' },
    fetchApi: { fetch },
  });
}

function json(status: number, body: unknown) {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json' },
  });
}

describe('DatabaseOpsClient', () => {
  it('sends the idempotency key as its header', async () => {
    const fetch = jest.fn(async () => json(201, { id: 'op-1' }));
    const operation = await clientOver(fetch).createOperation(
      { databaseId: 'a', kind: 'backup' },
      'key-12345',
    );
    expect(operation.id).toBe('op-1');
    const [, init]: [unknown, { headers?: unknown }?] = fetch.mock
      .lastCall as never;
    expect(init?.headers).toEqual({
      'Idempotency-Key': 'key-12345',
      'Content-Type': 'application/json',
    });
  });

  it('asks for a panel’s range by its parameter names', async () => {
    const fetch = jest.fn(async () => json(200, {}));
    await clientOver(fetch).getPanelData('a', 'p', {
      fromSeconds: 1,
      toSeconds: 2,
      stepSeconds: 10,
    });
    expect(fetch).toHaveBeenCalledWith(
      'http://portal/api/database-ops/databases/a/panels/p/data?from=1&to=2&stepSeconds=10',
      expect.anything(),
    );
  });

  it('turns an error’s body into its sentence and the operation in the way', async () => {
    const fetch = jest.fn(async () =>
      json(409, {
        error: { name: 'ConflictError', message: 'Busy.', operationId: 'op-7' },
        response: { statusCode: 409 },
      }),
    );
    const error = await clientOver(fetch)
      .createOperation({ databaseId: 'a', kind: 'backup' }, 'key-12345')
      .then(
        () => new Error('no error'),
        caught => caught,
      );
    expect(sentenceOf(error)).toBe('Busy.');
    expect(operationInTheWay(error)).toBe('op-7');
  });
});
