import request from 'supertest';
import { TestDatabases } from '@backstage/backend-test-utils';
import { Operation } from 'backstage-plugin-database-ops-common';
import { MemoryExecutor } from '../__testUtils__/MemoryExecutor';
import {
  TestPortal,
  owner,
  startTestPortal,
} from '../__testUtils__/startTestPortal';

jest.setTimeout(120_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'two portals on one database (%s)',
  databaseId => {
    let portals: TestPortal[];

    beforeAll(async () => {
      const knex = await databases.init(databaseId);
      portals = [];
      for (const host of ['host-a', 'host-b']) {
        portals.push(
          await startTestPortal({
            knex,
            executor: new MemoryExecutor({ host }),
          }),
        );
      }
    });

    afterAll(() => Promise.all(portals.map(({ backend }) => backend.stop())));

    const post = (portal: TestPortal, key: string, database = 'orders') =>
      request(portal.address)
        .post('/api/database-ops/operations')
        .set('authorization', owner())
        .set('idempotency-key', key)
        .send({ databaseId: database, kind: 'backup' });

    it('make one running operation of fifty concurrent requests and tell the rest its id', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          post(portals[index % 2], `key-number-${index}`),
        ),
      );
      const created = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status === 409);
      expect(created).toHaveLength(1);
      expect(refused).toHaveLength(49);
      const { id } = created[0].body as Operation;
      expect(
        new Set(refused.map(({ body }) => body.error.operationId)),
      ).toEqual(new Set([id]));
      const started = portals.filter(({ executor }) =>
        executor.workers.has(id),
      );
      expect(started.length).toBeLessThanOrEqual(1);
      expect(
        portals.flatMap(({ executor }) => [...executor.workers.keys()]),
      ).toHaveLength(started.length);
      const chain = await request(portals[1].address)
        .get('/api/database-ops/audit-events/chain')
        .set('authorization', owner());
      expect(chain.body).toMatchObject({ verified: true, events: 50 });
    });

    it('give concurrent requests of one key the same operation', async () => {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          post(portals[index % 2], 'the-one-key', 'parcels'),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(
        new Set([201]),
      );
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    });
  },
);
