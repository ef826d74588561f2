import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import authPlugin from '@backstage/plugin-auth-backend';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { decodeJwt } from 'jose';
import request from 'supertest';
import { demoAuthModule } from './authModule';

const user = (name: string) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'User',
  metadata: { name, namespace: 'default' },
  spec: { memberOf: [] },
  relations: [{ type: 'memberOf', targetRef: 'group:default/platform' }],
});

async function start(options: { host?: string; allow?: boolean }) {
  const { server } = await startTestBackend({
    features: [
      authPlugin,
      demoAuthModule,
      catalogServiceMock.factory({ entities: [user('owner'), user('viewer')] }),
      mockServices.rootConfig.factory({
        data: {
          backend: {
            baseUrl: 'http://127.0.0.1:7007',
            ...(options.host && { listen: { host: options.host } }),
          },
          app: { baseUrl: 'http://127.0.0.1:7007' },
          auth: {
            providers: {
              demo: options.allow ? { dangerouslyAllowDemoSignIn: true } : {},
            },
          },
        },
      }),
    ],
  });
  return request(server);
}

describe('demo sign-in', () => {
  it('gives the chosen role the identity of its catalogue user', async () => {
    const api = await start({ host: '127.0.0.1', allow: true });
    for (const role of ['owner', 'viewer']) {
      const response = await api
        .get('/api/auth/demo/refresh')
        .set('Host', '127.0.0.1')
        .set('X-Demo-Role', role);
      expect(response.status).toBe(200);
      const claims = decodeJwt(response.body.backstageIdentity.token);
      expect(claims.sub).toBe(`user:default/${role}`);
      expect(
        response.body.backstageIdentity.identity.ownershipEntityRefs,
      ).toContain('group:default/platform');
    }
  });

  it('signs in no role that is not on its list', async () => {
    const api = await start({ host: '127.0.0.1', allow: true });
    const response = await api
      .get('/api/auth/demo/refresh')
      .set('Host', '127.0.0.1')
      .set('X-Demo-Role', 'admin');
    expect(response.status).toBe(400);
    expect(response.body.error.message).toContain('owner, viewer, approver');
  });

  it('refuses a page elsewhere whose name resolves to this machine', async () => {
    const api = await start({ host: '127.0.0.1', allow: true });
    const response = await api
      .get('/api/auth/demo/refresh')
      .set('Host', 'rebound.example.com')
      .set('X-Demo-Role', 'owner');
    expect(response.status).toBe(403);
  });

  it('does not exist without the key', async () => {
    const api = await start({ host: '127.0.0.1', allow: false });
    const response = await api
      .get('/api/auth/demo/refresh')
      .set('X-Demo-Role', 'owner');
    expect(response.status).toBe(404);
    expect(response.body.backstageIdentity).toBeUndefined();
  });

  it('keeps a portal that others can reach from starting', async () => {
    await expect(start({ host: '0.0.0.0', allow: true })).rejects.toThrow(
      /backend\.listen/,
    );
  });
});
