import request from 'supertest';
import {
  TestPortal,
  owner,
  startTestPortal,
  viewer,
} from '../__testUtils__/startTestPortal';

jest.setTimeout(60_000);

const SECRETS = /of-the-repository/;

describe('repositories and objectives over HTTP', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startTestPortal({
      config: {
        repositories: {
          main: {
            endpoint: 'https://127.0.0.1:1',
            bucket: 'backups',
            accessKeyId: 'key-of-the-repository',
            secretAccessKey: 'secret-of-the-repository',
            setup: { transitions: [] },
            prices: { currency: 'EUR', perGigabyteMonth: { STANDARD: 0.02 } },
          },
        },
      },
    });
  });

  afterAll(() => portal.backend.stop());

  const get = (path: string) =>
    request(portal.address)
      .get(`/api/database-ops${path}`)
      .set('authorization', viewer());

  it('lists repositories with their databases, and says what is not known of one that does not answer', async () => {
    const { status, body, text } = await get('/repositories');
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      {
        id: 'main',
        bucket: 'backups',
        databaseIds: ['orders', 'parcels'],
        findings: [
          {
            id: 'repository-setup',
            status: 'unknown',
            sentence: expect.stringContaining('cannot be reached'),
          },
        ],
      },
    ]);
    expect(body.items[0].monthlyCost).toBeUndefined();
    expect(body.items[0].costSentence).toMatch(/count/);
    expect(text).not.toMatch(SECRETS);
  });

  it('tells promised, claimed and measured of one database, and in the list', async () => {
    const { status, body } = await get('/databases/orders/objectives');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      databaseId: 'orders',
      rpo: { promisedSeconds: 3600, periods: [{ days: 30 }, { days: 90 }] },
      rto: { state: 'no-objective' },
    });
    const { items } = (await get('/databases')).body;
    expect(items[0].objectives).toMatchObject({
      rpoPromisedSeconds: 3600,
      rtoState: 'no-objective',
    });
    expect((await get('/databases/nowhere/objectives')).status).toBe(404);
  });

  it('says that a repository did not answer, and audits that somebody asked', async () => {
    const answer = await request(portal.address)
      .post('/api/database-ops/databases/orders/reconciliation')
      .set('authorization', owner());
    expect(answer.status).toBe(503);
    expect(answer.body.error.message).toContain('cannot be reached');
    const events = await request(portal.address)
      .get('/api/database-ops/audit-events?action=database.reconcile')
      .set('authorization', owner());
    expect(events.body.items).toMatchObject([
      { actor: 'user:default/owner', outcome: 'failed', databaseId: 'orders' },
    ]);
  });
});
