import request from 'supertest';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import {
  TestPortal,
  owner,
  startTestPortal,
  viewer,
} from '../__testUtils__/startTestPortal';

jest.setTimeout(60_000);

describe('the audit history over HTTP', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startTestPortal({
      decide: ({ permission, userEntityRef }) => ({
        result:
          userEntityRef === 'user:default/viewer' &&
          permission.name === 'database-ops.database.audit'
            ? AuthorizeResult.DENY
            : AuthorizeResult.ALLOW,
      }),
    });
    for (const databaseId of ['orders', 'parcels']) {
      await request(portal.address)
        .post('/api/database-ops/operations')
        .set('authorization', owner())
        .set('idempotency-key', `key-of-${databaseId}`)
        .send({ databaseId, kind: 'inventory', reason: 'looked, "at" it' });
    }
  });

  afterAll(() => portal.backend.stop());

  const get = (path: string, authorization = owner()) =>
    request(portal.address)
      .get(`/api/database-ops${path}`)
      .set('authorization', authorization);

  it('is exported as CSV and JSON lines by the filters of the list, and the export is recorded', async () => {
    const csv = await get('/audit-events/export?format=csv&databaseId=orders');
    expect(csv.status).toBe(200);
    expect(csv.headers['content-type']).toContain('text/csv');
    expect(csv.headers['content-disposition']).toContain('audit-events.csv');
    const rows = csv.text.trimEnd().split('\r\n');
    expect(rows[1]).toContain('"audit.export"');
    expect(rows[rows.length - 1]).toContain('"operation.create"');
    const jsonl = await get(
      '/audit-events/export?format=jsonl&text=inventory%20parcels',
    );
    const events = jsonl.text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(
      events.map(({ action, databaseId }) => [action, databaseId]),
    ).toEqual([
      // The export's own question holds the words too.
      ['audit.export', undefined],
      ['operation.create', 'parcels'],
    ]);
    expect((await get('/audit-events/export?format=xml')).status).toBe(400);
  });

  it('is closed to who may audit no database, and the attempt is recorded', async () => {
    for (const path of [
      '/audit-events',
      '/audit-events/chain',
      '/audit-events/export?format=csv',
    ]) {
      const answer = await get(path, viewer());
      expect(answer.status).toBe(403);
    }
    const { items } = (await get('/audit-events?outcome=denied')).body;
    expect(
      items.map(({ actor, action }: Record<string, string>) => [actor, action]),
    ).toEqual([
      ['user:default/viewer', 'audit.export'],
      ['user:default/viewer', 'audit.verify'],
      ['user:default/viewer', 'audit.read'],
    ]);
  });

  it('is verified on demand, saying that the repository with its anchors did not answer', async () => {
    const { body } = await get('/audit-events/chain');
    expect(body).toMatchObject({
      verified: true,
      complete: true,
      anchorProblem: expect.stringContaining('127.0.0.1:1'),
    });
    expect(body.checkedEvents).toBe(body.events);
  });
});
