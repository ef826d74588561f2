import { Operation } from 'backstage-plugin-database-ops-common';
import request from 'supertest';
import { eventually } from '../__testUtils__/eventually';
import {
  TestPortal,
  owner,
  startTestPortal,
} from '../__testUtils__/startTestPortal';
import { REACHABLE_DAY, testBackupResult } from '../__testUtils__/testEngine';

jest.setTimeout(60_000);

const REACHABLE = `${REACHABLE_DAY}T12:00:00.000Z`;
const LATER = `${REACHABLE_DAY}T13:00:00.000Z`;
const UNREACHABLE = '2026-11-22T12:00:00.000Z';

describe('moments over HTTP', () => {
  let portal: TestPortal;
  let keys = 0;

  beforeAll(async () => {
    portal = await startTestPortal();
    await run({ kind: 'backup' }, testBackupResult('orders').data);
  });

  afterAll(() => portal.backend.stop());

  const api = (path: string) => `/api/database-ops${path}`;
  const get = (path: string) =>
    request(portal.address).get(api(path)).set('authorization', owner());
  const post = (body: object) =>
    request(portal.address)
      .post(api('/operations'))
      .set('authorization', owner())
      .set('idempotency-key', `key-of-moment-${(keys += 1)}`)
      .send({ databaseId: 'orders', ...body });

  /** Requests it and plays the worker that ends with the result. */
  async function run(body: object, data: object): Promise<string> {
    const { body: created, status } = await post(body);
    expect({ status, created }).toMatchObject({ status: 201 });
    await eventually(
      async () => portal.executor.workers.has(created.id),
      Boolean,
    );
    portal.executor.end(created.id, {
      type: 'result',
      data: JSON.parse(JSON.stringify(data)),
    });
    await eventually(
      async () => (await get(`/operations/${created.id}`)).body as Operation,
      ({ state }) => state === 'succeeded',
    );
    return created.id;
  }

  const restored = (time: string) => ({
    restoredInstance: {
      backupId: 'backup-1',
      moment: { time },
      state: 'paused',
      directory: '/restores/one',
      expiresAt: '2030-01-01T00:00:00.000Z',
      connection: { port: 1 },
      facts: {
        rows: 5,
        measured: {
          fetchBytes: 100,
          fetchSeconds: 2,
          replayBytes: 100,
          replaySeconds: 1,
        },
      },
    },
  });

  it('that cannot be reached are refused with the nearest, and start nothing', async () => {
    const answer = (
      await get(
        `/databases/orders/reachability?time=${encodeURIComponent(UNREACHABLE)}`,
      )
    ).body;
    expect(answer).toMatchObject({
      reachable: false,
      nearest: [{ time: `${REACHABLE_DAY}T23:00:00.000Z` }],
    });
    const refused = await post({
      kind: 'restore',
      confirmation: 'orders',
      parameters: { kind: 'time', time: UNREACHABLE },
    });
    expect(refused.status).toBe(400);
    expect(refused.body.error.message).toContain(
      `The nearest moment: ${REACHABLE_DAY}T23:00:00.000Z`,
    );
    const { items } = (await get('/operations?kind=restore')).body;
    expect(items).toEqual([]);
  });

  it('need a time or a position, not both', async () => {
    expect((await get('/databases/orders/reachability')).status).toBe(400);
    expect(
      (await get(`/databases/orders/reachability?time=1&lsn=2`)).status,
    ).toBe(400);
  });

  it('come with an estimate from measured restores, move later but never back, and end promoted', async () => {
    const path = `/databases/orders/reachability?time=${encodeURIComponent(REACHABLE)}`;
    expect((await get(path)).body.estimatedSeconds).toBeUndefined();
    const id = await run(
      {
        kind: 'restore',
        confirmation: 'orders',
        parameters: { kind: 'time', time: REACHABLE },
      },
      restored(REACHABLE),
    );
    expect((await get(path)).body).toMatchObject({
      reachable: true,
      backupId: 'backup-1',
      estimatedSeconds: 10,
      estimateSamples: 1,
    });

    const earlier = await post({
      kind: 'advance',
      parameters: {
        restoredInstanceId: id,
        kind: 'time',
        time: `${REACHABLE_DAY}T11:00:00.000Z`,
      },
    });
    expect(earlier.status).toBe(400);
    expect(earlier.body.error.message).toContain(
      'recovery does not go back: restore again',
    );
    await run(
      {
        kind: 'advance',
        parameters: { restoredInstanceId: id, kind: 'time', time: LATER },
      },
      {
        restoredInstance: {
          state: 'paused',
          moment: { time: LATER },
          facts: { rows: 6 },
        },
      },
    );
    const instance = async () => (await get(`/restored-instances/${id}`)).body;
    expect(await instance()).toMatchObject({
      state: 'paused',
      moment: { time: LATER },
      connection: { port: 1 },
      facts: { rows: 6, measured: { fetchSeconds: 2 } },
    });

    await run(
      { kind: 'promote', parameters: { restoredInstanceId: id } },
      {
        restoredInstance: {
          state: 'promoted',
          facts: { protection: 'PROTECTED' },
        },
      },
    );
    expect(await instance()).toMatchObject({
      state: 'promoted',
      facts: { rows: 6, protection: 'PROTECTED' },
    });
    const again = await post({
      kind: 'advance',
      parameters: { restoredInstanceId: id, kind: 'time', time: LATER },
    });
    expect(again.status).toBe(409);
  });
});
