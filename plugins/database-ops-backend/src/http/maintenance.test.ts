import request from 'supertest';
import {
  TestPortal,
  owner,
  startTestPortal,
  viewer,
} from '../__testUtils__/startTestPortal';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { eventually } from '../__testUtils__/eventually';

jest.setTimeout(60_000);

const UNTIL = '2099-01-01T00:00:00.000Z';

describe('maintenance modes', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startTestPortal({
      // The owner of a database may change it, but not pause all of them.
      decide: ({ permission, userEntityRef }) => ({
        result:
          permission.attributes.action === 'read' ||
          (userEntityRef === 'user:default/owner' &&
            permission.name !== 'database-ops.pause') ||
          userEntityRef === 'user:default/admin'
            ? AuthorizeResult.ALLOW
            : AuthorizeResult.DENY,
      }),
    });
  });
  afterAll(() => portal.backend.stop());

  const ask = (method: 'get' | 'put' | 'post' | 'delete', path: string) =>
    request(portal.address)
      [method](`/api/database-ops${path}`)
      .set('authorization', owner())
      .set('idempotency-key', `key-${Math.random()}`);

  const pause = (scope: string, until = UNTIL) =>
    ask('put', `/maintenance-modes/${scope}`).send({
      reason: 'Disks are replaced.',
      until,
    });

  it('hold the work of a database back until they are ended, and say so', async () => {
    const mode = await pause('orders');
    expect(mode.body).toMatchObject({
      scope: 'orders',
      reason: 'Disks are replaced.',
      startedBy: 'user:default/owner',
      until: UNTIL,
    });
    const { body: backup } = await ask('post', '/operations').send({
      databaseId: 'orders',
      kind: 'backup',
    });
    const waiting = await ask('get', `/operations/${backup.id}`);
    expect(waiting.body).toMatchObject({
      state: 'queued',
      waitingFor: `The queue of this database is paused until ${UNTIL}: Disks are replaced.`,
    });
    const paused = await ask('get', '/databases/orders');
    expect(paused.body.maintenance).toMatchObject({ scope: 'orders' });
    const other = await ask('get', '/databases/parcels');
    expect(other.body.maintenance).toBeUndefined();
    const listed = await ask('get', '/maintenance-modes');
    expect(listed.body.items).toHaveLength(1);

    const left = await ask('delete', '/maintenance-modes/orders');
    expect(left.body).toEqual({ items: [] });
    await eventually(
      async () => (await ask('get', `/operations/${backup.id}`)).body.state,
      state => state === 'running',
    );
    const audited = await ask('get', '/audit-events?databaseId=orders');
    expect(
      audited.body.items.map(({ action }: { action: string }) => action),
    ).toEqual(expect.arrayContaining(['maintenance.start', 'maintenance.end']));
  });

  it('of all databases need a permission of their own, of one that of the database', async () => {
    expect((await pause('global')).status).toBe(403);
    expect((await pause('global')).body.error.message).toContain(
      "'database-ops.pause'",
    );
    const denied = await ask('put', '/maintenance-modes/orders')
      .set('authorization', viewer())
      .send({ reason: 'Why not', until: UNTIL });
    expect(denied.status).toBe(403);
    expect((await ask('get', '/maintenance-modes')).body.items).toEqual([]);
  });

  it('refuse an end that has passed, one that is no time, and a database that is not there', async () => {
    const past = await pause('orders', '2020-01-01T00:00:00Z');
    expect(past.status).toBe(400);
    expect(past.body.error.message).toContain('give a time after now');
    expect((await pause('orders', 'tomorrow')).status).toBe(400);
    expect((await pause('nothing')).status).toBe(404);
  });
});
