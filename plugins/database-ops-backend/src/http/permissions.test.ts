import request from 'supertest';
import { mockCredentials } from '@backstage/backend-test-utils';
import { AuditEvent } from 'backstage-plugin-database-ops-common';
import { spec } from '../schema/openapi/generated/router';
import {
  TestPortal,
  owner,
  startTestPortal,
  viewer,
} from '../__testUtils__/startTestPortal';

jest.setTimeout(60_000);

interface DocumentedOperation {
  readonly operationId: string;
  readonly requestBody?: object;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** Every route of the document, with the parts of its path filled in. */
const routes = Object.entries(spec.paths).flatMap(([path, item]) =>
  METHODS.flatMap(method => {
    const operation = (item as Partial<Record<string, DocumentedOperation>>)[
      method
    ];
    return operation ? [{ method, path, operation }] : [];
  }),
);
/** Posts a question: whoever may read may ask it, and nothing changes. */
const ASKING = ['previewPolicies'];
const changing = routes.filter(
  ({ method, operation }) =>
    method !== 'get' && !ASKING.includes(operation.operationId),
);

/** A valid body for each changing route that takes one; a new route must be added here. */
const BODIES: Readonly<Record<string, object>> = {
  createOperation: { databaseId: 'orders', kind: 'backup' },
  cancelSession: { reason: 'It holds everybody up.' },
  createPin: { backupId: 'backup-1', reason: 'The auditors want it.' },
  forgetRestoredInstance: { reason: 'Its host was scrapped.' },
  queryRestoredInstance: { statement: 'SELECT 1' },
  decideApproval: { decision: 'approve', subjectHash: '0'.repeat(64) },
  reviewOverride: { note: 'It was right.' },
  retryOperation: {},
  startMaintenance: { reason: 'Disks move', until: '2099-01-01T00:00:00Z' },
};

/** What a route needs in its query. */
const QUERIES: Readonly<Record<string, string>> = {
  getMaintenancePreview: '?action=analyze',
  getPanelData: '?from=0&to=60',
  getReachability: '?time=2026-11-20T12%3A00%3A00Z',
  exportAuditEvents: '?format=csv',
};

describe('every route of the OpenAPI document', () => {
  let portal: TestPortal;
  let operationId: string;

  beforeAll(async () => {
    portal = await startTestPortal({
      config: {
        services: [
          {
            subject: 'external:night-shift',
            databases: ['orders'],
            kinds: ['inventory'],
          },
        ],
      },
    });
    const created = await request(portal.address)
      .post('/api/database-ops/operations')
      .set('authorization', owner())
      .set('idempotency-key', 'key-of-the-owner')
      .send({ databaseId: 'parcels', kind: 'backup' });
    operationId = created.body.id;
  });

  afterAll(() => portal.backend.stop());

  function ask(route: (typeof routes)[number], authorization?: string) {
    const path = route.path
      .replace('{databaseId}', 'orders')
      .replace('{operationId}', operationId)
      .replace(/\{\w+\}/g, 'some-id');
    const query = QUERIES[route.operation.operationId] ?? '';
    const asked = request(portal.address)
      [route.method](`/api/database-ops${path}${query}`)
      .set('idempotency-key', `key-${Math.random()}`);
    return (
      authorization ? asked.set('authorization', authorization) : asked
    ).send(BODIES[route.operation.operationId]);
  }

  async function deniedEvents(): Promise<readonly AuditEvent[]> {
    const answer = await request(portal.address)
      .get('/api/database-ops/audit-events?outcome=denied')
      .set('authorization', owner());
    return answer.body.items;
  }

  it('is known to this test with a body where it takes one', () => {
    expect(changing.length).toBeGreaterThan(0);
    for (const { operation } of changing.filter(
      item => item.operation.requestBody,
    )) {
      expect(BODIES).toHaveProperty(operation.operationId);
    }
  });

  it.each(routes)(
    'refuses $method $path without authentication',
    async route => {
      expect((await ask(route)).status).toBe(401);
    },
  );

  it.each(changing)(
    'gives a viewer 403 for $method $path and audits the attempt',
    async route => {
      const before = (await deniedEvents()).length;
      const answer = await ask(route, viewer());
      expect(answer.status).toBe(403);
      expect(answer.body.error.name).toBe('NotAllowedError');
      const [latest, ...rest] = await deniedEvents();
      expect(rest).toHaveLength(before);
      expect(latest).toMatchObject({
        actor: 'user:default/viewer',
        outcome: 'denied',
      });
    },
  );

  it.each(changing)(
    'gives a service that configuration does not name 403 for $method $path',
    async route => {
      const answer = await ask(route, mockCredentials.service.header());
      expect(answer.status).toBe(403);
      expect(answer.body.error.message).toContain('databaseOps.services');
      expect((await deniedEvents())[0]).toMatchObject({
        actor: 'service:external:test-service',
      });
    },
  );

  it('lets a service start what configuration names, and nothing else', async () => {
    const nightShift = mockCredentials.service.header({
      onBehalfOf: mockCredentials.service('external:night-shift'),
      targetPluginId: 'database-ops',
    });
    const start = (databaseId: string, kind: string) =>
      request(portal.address)
        .post('/api/database-ops/operations')
        .set('authorization', nightShift)
        .set('idempotency-key', `key-${databaseId}-${kind}`)
        .send({ databaseId, kind });
    const started = await start('orders', 'inventory');
    expect(started.status).toBe(201);
    expect(started.body.requestedBy).toBe('service:external:night-shift');
    expect((await start('orders', 'backup')).status).toBe(403);
    expect((await start('parcels', 'inventory')).status).toBe(403);
  });

  it.each(routes.filter(({ method }) => method === 'get'))(
    'answers $method $path to a reader without a server error',
    async route => {
      const { status, body } = await ask(route, viewer());
      expect([200, 404, 409, 503]).toContain(status);
      expect(status === 200 || body.error.message).toBeTruthy();
    },
  );

  it('serves the document itself', async () => {
    const answer = await request(portal.address)
      .get('/api/database-ops/openapi.json')
      .set('authorization', owner());
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.paths)).toContain(
      '/api/database-ops/operations',
    );
  });

  it('refuses parameters that the document does not know, and wrong ones, with 400', async () => {
    const ask400 = (path: string) =>
      request(portal.address)
        .get(`/api/database-ops${path}`)
        .set('authorization', owner());
    expect((await ask400('/databases?colour=red')).status).toBe(400);
    expect((await ask400('/databases?limit=many')).status).toBe(400);
    expect((await ask400('/databases?status=fine')).status).toBe(400);
    expect((await ask400('/operations?limit=2')).status).toBe(200);
  });
});
