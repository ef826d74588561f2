import request from 'supertest';
import { Operation } from 'backstage-plugin-database-ops-common';
import {
  TestPortal,
  owner,
  startTestPortal,
  viewer,
} from '../__testUtils__/startTestPortal';
import { eventually } from '../__testUtils__/eventually';
import { testBackupResult } from '../__testUtils__/testEngine';

jest.setTimeout(60_000);

describe('operations over HTTP', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startTestPortal();
  });

  afterAll(() => portal.backend.stop());

  const api = (path: string) => `/api/database-ops${path}`;
  const get = (path: string, authorization = owner()) =>
    request(portal.address).get(api(path)).set('authorization', authorization);
  const post = (body: object, key: string, authorization = owner()) =>
    request(portal.address)
      .post(api('/operations'))
      .set('authorization', authorization)
      .set('idempotency-key', key)
      .send(body);
  const state = (id: string, wanted: string) =>
    eventually(
      async () => (await get(`/operations/${id}`)).body as Operation,
      operation => operation.state === wanted,
    );

  it('carries a backup from its request to its success, with events, backups and audit', async () => {
    const created = await post(
      { databaseId: 'orders', kind: 'backup' },
      'key-of-backup-1',
    );
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      databaseId: 'orders',
      kind: 'backup',
      state: 'queued',
      parameters: { type: 'full' },
      requestedBy: 'user:default/owner',
    });
    const { id } = created.body;
    await state(id, 'running');
    await eventually(async () => portal.executor.workers.has(id), Boolean);

    const again = await post(
      { databaseId: 'orders', kind: 'backup' },
      'key-of-backup-1',
    );
    expect(again.body.id).toBe(id);
    const other = await post(
      { databaseId: 'orders', kind: 'backup' },
      'key-of-backup-2',
    );
    expect(other.status).toBe(409);
    expect(other.body.error).toMatchObject({
      name: 'ConflictError',
      operationId: id,
    });

    portal.executor.emit(id, {
      type: 'progress',
      progress: { step: 'copy', percent: 40 },
    });
    portal.executor.emit(id, {
      type: 'log',
      level: 'info',
      message: 'copied 4 of 10 files',
    });
    portal.executor.end(id, testBackupResult('orders'));
    const done = await state(id, 'succeeded');
    expect(done).toMatchObject({
      progress: { percent: 40 },
      executorHost: 'test-host',
      attempt: 1,
    });
    expect(done.endedAt).toBeDefined();

    const events = (await get(`/operations/${id}/events?after=0`)).body;
    expect(events.items.map((event: { seq: number }) => event.seq)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(events.items.map((event: { type: string }) => event.type)).toEqual([
      'state',
      'state',
      'progress',
      'log',
      'result',
      'state',
    ]);
    expect((await get('/databases/orders/backups')).body).toMatchObject({
      totalItems: 1,
      items: [{ id: 'backup-1', state: 'present' }],
    });
    const audit = (await get('/audit-events?databaseId=orders')).body;
    expect(
      audit.items.map(
        ({ action, outcome }: Record<string, string>) => `${action} ${outcome}`,
      ),
    ).toEqual([
      'operation.end succeeded',
      'operation.create failed',
      'operation.create accepted',
    ]);
    expect((await get('/audit-events/chain')).body).toMatchObject({
      verified: true,
      events: 3,
    });
  });

  it('restores only after the name is typed, keeps what the restore made, and discards it', async () => {
    const body = {
      databaseId: 'orders',
      kind: 'restore',
      parameters: { kind: 'latest' },
    };
    const untyped = await post(body, 'key-of-restore-1');
    expect(untyped.status).toBe(400);
    expect(untyped.body.error.message).toContain(
      "Type the name of the database, 'orders'",
    );
    const wrong = await post(
      {
        ...body,
        confirmation: 'orders',
        parameters: { kind: 'backup', backupId: 'backup-9' },
      },
      'key-of-restore-2',
    );
    expect(wrong.status).toBe(400);
    expect(wrong.body.error.message).toContain(
      "nearest present one is 'backup-1'",
    );

    const { id } = (
      await post({ ...body, confirmation: 'orders' }, 'key-of-restore-3')
    ).body;
    await eventually(async () => portal.executor.workers.has(id), Boolean);
    expect(portal.executor.workers.get(id)?.spec.parameters).toEqual({
      kind: 'latest',
      expiresAfter: 'PT24H',
    });
    portal.executor.end(id, {
      type: 'result',
      data: {
        restoredInstance: {
          backupId: 'backup-1',
          state: 'running',
          directory: '/somewhere/new',
          expiresAt: '2036-01-01T00:00:00Z',
          connection: { host: '127.0.0.1', port: 6000 },
          facts: { systemId: '7' },
        },
      },
    });
    await state(id, 'succeeded');
    expect((await get(`/restored-instances/${id}`)).body).toMatchObject({
      state: 'running',
      host: 'test-host',
      connection: { port: 6000 },
    });

    const discard = (
      await post(
        {
          databaseId: 'orders',
          kind: 'discard',
          parameters: { restoredInstanceId: id },
        },
        'key-of-discard',
      )
    ).body;
    await eventually(
      async () => portal.executor.workers.has(discard.id),
      Boolean,
    );
    expect(
      portal.executor.workers.get(discard.id)?.spec.restoredInstance,
    ).toEqual({
      restoredInstanceId: id,
      directory: '/somewhere/new',
      facts: { systemId: '7' },
    });
    portal.executor.end(discard.id, {
      type: 'result',
      data: { discarded: true },
    });
    await state(discard.id, 'succeeded');
    expect((await get(`/restored-instances/${id}`)).body.state).toBe(
      'discarded',
    );
  });

  it('cancels a running operation when its worker has ended', async () => {
    const { id } = (
      await post({ databaseId: 'parcels', kind: 'backup' }, 'key-to-cancel')
    ).body;
    await eventually(async () => portal.executor.workers.has(id), Boolean);
    const cancelled = await request(portal.address)
      .post(api(`/operations/${id}/cancellation`))
      .set('authorization', owner());
    expect(cancelled.status).toBe(202);
    expect(await state(id, 'cancelled')).toMatchObject({
      cancelRequestedBy: 'user:default/owner',
    });
    expect(portal.executor.stopped).toContain(id);
  });

  it('calls an operation interrupted when its worker ended without a word', async () => {
    const { id } = (
      await post({ databaseId: 'parcels', kind: 'backup' }, 'key-to-kill')
    ).body;
    await eventually(async () => portal.executor.workers.has(id), Boolean);
    portal.executor.end(id);
    expect((await state(id, 'interrupted')).failure?.cause).toBe(
      'The worker ended without a result: it was killed',
    );
  });

  it('gives a viewer 403 with the permission that is missing', async () => {
    const denied = await post(
      { databaseId: 'orders', kind: 'backup' },
      'key-of-viewer',
      viewer(),
    );
    expect(denied.status).toBe(403);
    expect(denied.body.error.message).toContain('database-ops.database.run');
  });

  it('refuses a NUL in ids, filters and bodies, on which PostgreSQL would fail', async () => {
    const answers = await Promise.all([
      get('/operations/%00'),
      get('/operations?databaseId=%00'),
      get('/databases/orders%00/health'),
      request(portal.address)
        .post(api('/operations/%00/cancellation'))
        .set('authorization', owner()),
      post(
        { databaseId: 'orders', kind: 'backup', reason: 'because \0' },
        'key-with-nul',
      ),
    ]);
    expect(
      answers.map(({ status, body }) => [status, body.error.name]),
    ).toEqual(answers.map(() => [400, 'InputError']));
  });

  it('keeps secrets of the repository out of the spec', async () => {
    const specs = [...portal.executor.workers.values()].map(
      worker => worker.spec,
    );
    expect(JSON.stringify(specs)).not.toContain('of-the-repository');
  });
});
