import request from 'supertest';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { databaseReadPermission } from 'backstage-plugin-database-ops-common';
import {
  createDatabaseConditionalDecision,
  databaseConditions,
} from '../permissions/databaseResource';
import { testConfig } from '../__testUtils__/testConfig';
import {
  TestPortal,
  owner,
  startTestPortal,
  viewer,
} from '../__testUtils__/startTestPortal';

jest.setTimeout(60_000);

const SECRETS = /of-the-repository/;

describe('databases over HTTP', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    const { databases, repositories, policies } = testConfig()
      .databaseOps as Record<string, Record<string, object>>;
    portal = await startTestPortal({
      entities: [
        {
          apiVersion: 'backstage.io/v1alpha1',
          kind: 'Resource',
          metadata: { name: 'orders' },
          relations: [{ type: 'ownedBy', targetRef: 'group:default/team-a' }],
        },
        {
          apiVersion: 'backstage.io/v1alpha1',
          kind: 'Resource',
          metadata: {
            name: 'stray',
            annotations: { 'database-ops/database-id': 'nowhere' },
          },
        },
        {
          apiVersion: 'backstage.io/v1alpha1',
          kind: 'Resource',
          metadata: { name: 'forgotten' },
          spec: { type: 'database' },
        },
      ],
      config: {
        repositories: {
          ...repositories,
          broken: {
            bucket: 'b',
            accessKeyId: 'of-the-repository',
            secretAccessKey: 7,
          },
        },
        policies: {
          ...policies,
          wrong: {
            schedules: { daily: { kind: 'backup', cron: 'every day' } },
          },
        },
        databases: {
          orders: { ...databases.orders, environment: 'production' },
          parcels: databases.parcels,
          'bad-engine': { engine: 'oracle' },
          'bad-key': {
            engine: 'test',
            test: { host: 5 },
            entity: 'resource:default/bad-key',
          },
          'bad-policy': {
            engine: 'test',
            test: { host: 'h' },
            policy: 'wrong',
          },
          'bad-repository': {
            engine: 'test',
            test: { host: 'h' },
            repository: 'broken',
          },
          global: { engine: 'test', test: { host: 'h' } },
          'no-repository': {
            engine: 'test',
            test: { host: 'h' },
            repository: 'none',
          },
        },
      },
      decide: ({ permission, userEntityRef }) =>
        userEntityRef === 'user:default/viewer' &&
        permission.name === databaseReadPermission.name
          ? createDatabaseConditionalDecision(databaseReadPermission, {
              allOf: [
                databaseConditions.hasOwner({
                  owners: ['group:default/team-a'],
                }),
                databaseConditions.hasEngine({ engines: ['test'] }),
                databaseConditions.hasEnvironment({
                  environments: ['production'],
                }),
              ],
            })
          : {
              result:
                userEntityRef === 'user:default/viewer'
                  ? AuthorizeResult.DENY
                  : AuthorizeResult.ALLOW,
            },
    });
  });

  afterAll(() => portal.backend.stop());

  const get = (path: string, authorization = owner()) =>
    request(portal.address)
      .get(`/api/database-ops${path}`)
      .set('authorization', authorization);

  it('quarantines wrong ones with the key and what was expected, and shows the rest', async () => {
    const { items } = (await get('/databases')).body;
    const quarantined = Object.fromEntries(
      items.flatMap(
        (item: {
          id: string;
          quarantine?: { path: string; message: string };
        }) =>
          item.quarantine
            ? [[item.id, `${item.quarantine.path}: ${item.quarantine.message}`]]
            : [],
      ),
    );
    expect(quarantined).toEqual({
      'bad-engine': expect.stringMatching(
        /^databaseOps\.databases\.bad-engine\.engine: .*'oracle' is not/,
      ),
      'bad-key': expect.stringMatching(
        /^databaseOps\.databases\.bad-key\.test\.host: .*expected a host name/,
      ),
      'bad-policy': expect.stringMatching(
        /^databaseOps\.policies\.wrong\.schedules\.daily\.cron: expected a cron/,
      ),
      'bad-repository': expect.stringMatching(
        /^databaseOps\.repositories\.broken\.secretAccessKey: /,
      ),
      global:
        "databaseOps.databases.global: expected another id: 'global' stands for all databases in maintenance modes",
      'no-repository': expect.stringMatching(
        /^databaseOps\.databases\.no-repository\.repository: .*there is: main, broken/,
      ),
    });
    expect(items).toHaveLength(8);
    const bad = items.find(({ id }: { id: string }) => id === 'bad-key');
    expect(bad).toMatchObject({
      status: 'unknown',
      entityRef: 'resource:default/bad-key',
    });
    expect(JSON.stringify(items)).not.toMatch(SECRETS);
    const start = await request(portal.address)
      .post('/api/database-ops/operations')
      .set('authorization', owner())
      .set('idempotency-key', 'key-of-quarantine')
      .send({ databaseId: 'bad-key', kind: 'backup' });
    expect(start.status).toBe(409);
  });

  it('takes owners from the catalog and shows what the caller may do', async () => {
    expect((await get('/databases/orders')).body).toMatchObject({
      owner: 'group:default/team-a',
      environment: 'production',
      members: [{ name: 'test-1', address: '127.0.0.1:1' }],
      capabilities: {
        verbs: [
          'inventory',
          'backup',
          'restore',
          'advance',
          'promote',
          'discard',
          'expire',
        ],
      },
      permissions: { run: true, restore: true, audit: true, retain: true },
    });
    expect((await get('/databases/orders', viewer())).body.permissions).toEqual(
      {
        run: false,
        restore: false,
        retain: false,
        audit: false,
        approve: false,
        query: false,
      },
    );
  });

  it('shows a caller only what conditions on owner, engine and environment allow', async () => {
    const list = (await get('/databases', viewer())).body;
    expect(list.items.map(({ id }: { id: string }) => id)).toEqual(['orders']);
    expect((await get('/databases/parcels', viewer())).status).toBe(403);
    expect((await get('/databases/parcels/backups', viewer())).status).toBe(
      403,
    );
    expect((await get('/summary', viewer())).body.databases).toBe(1);
    expect((await get('/audit-events', viewer())).status).toBe(403);
    const started = await request(portal.address)
      .post('/api/database-ops/operations')
      .set('authorization', owner())
      .set('idempotency-key', 'key-of-parcels')
      .send({ databaseId: 'parcels', kind: 'backup' });
    expect((await get(`/operations/${started.body.id}`, viewer())).status).toBe(
      403,
    );
    expect(
      (await get(`/operations/${started.body.id}/events`, viewer())).status,
    ).toBe(403);
    expect((await get('/operations', viewer())).body.totalItems).toBe(0);
  });

  it('filters and pages on the server', async () => {
    const { items } = (await get('/databases')).body;
    const first = (await get('/databases?limit=3')).body;
    const second = (await get(`/databases?limit=5&cursor=${first.nextCursor}`))
      .body;
    const ids = (page: { id: string }[]) => page.map(({ id }) => id);
    expect([...ids(first.items), ...ids(second.items)]).toEqual(ids(items));
    expect(second.nextCursor).toBeUndefined();
    expect(
      ids(
        (
          await get(
            `/databases?owner=${encodeURIComponent('group:default/team-a')}`,
          )
        ).body.items,
      ),
    ).toEqual(['orders']);
    expect(
      ids(
        (
          await get(
            `/databases?entityRef=${encodeURIComponent('resource:default/parcels')}`,
          )
        ).body.items,
      ),
    ).toEqual(['parcels']);
    expect(ids((await get('/databases?engine=oracle')).body.items)).toEqual([
      'bad-engine',
    ]);
    expect((await get('/databases?cursor=nonsense')).status).toBe(400);
  });

  it('reads policies aloud and names gaps of coverage', async () => {
    const { items } = (await get('/policies')).body;
    expect(items.slice(0, 2)).toMatchObject([
      { name: 'standard', rpo: 'PT1H', databaseIds: ['orders', 'parcels'] },
      {
        name: 'wrong',
        sentence: expect.stringContaining('This policy is wrong'),
      },
    ]);
    const { gaps, databases } = (await get('/summary')).body;
    expect(databases).toBe(8);
    expect(
      gaps.map(({ kind, name }: Record<string, string>) => `${kind} ${name}`),
    ).toEqual(
      expect.arrayContaining([
        'unknown-database-id resource:default/stray',
        'entity-without-database resource:default/forgotten',
        'database-without-entity bad-engine',
        'database-without-policy no-repository',
      ]),
    );
  });
});
