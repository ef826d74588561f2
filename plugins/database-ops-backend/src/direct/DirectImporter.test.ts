import { TestDatabases } from '@backstage/backend-test-utils';
import {
  DirectRecord,
  writeDirectRecord,
} from 'backstage-plugin-database-ops-node';
import { MemoryObjectStore } from '../__testUtils__/MemoryObjectStore';
import { createTestStack, migrate } from '../__testUtils__/testStack';
import { Announcement } from '../notify/Announcements';
import { DirectImporter } from './DirectImporter';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

const RECORD: DirectRecord = {
  version: 1,
  operationId: 'operation-1',
  databaseId: 'orders',
  kind: 'restore',
  parameters: { kind: 'latest' },
  actor: 'direct:root@db-1',
  reason: 'The portal is down.',
  startedAt: '2026-11-23T03:00:00.000Z',
  state: 'running',
};

describe.each(databases.eachSupportedId())(
  'what was done without the portal, on %s,',
  databaseId => {
    it('comes into the audit history and is announced, each time it moved on and once for all replicas', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const stack = await createTestStack({ knex });
      const announce = jest.fn(async (_told: Announcement) => true);
      const replicas = [1, 2].map(
        () => new DirectImporter({ ...stack, announcements: { announce } }),
      );
      const repository = new MemoryObjectStore();
      const importAll = async () => {
        const taken = await Promise.all(
          replicas.map(replica => replica.import(repository, 'orders')),
        );
        return taken[0] + taken[1];
      };
      expect(await importAll()).toBe(0);
      await writeDirectRecord(repository, RECORD);
      expect(await importAll()).toBe(1);
      expect(await importAll()).toBe(0);
      await writeDirectRecord(repository, {
        ...RECORD,
        state: 'failed',
        endedAt: '2026-11-23T03:10:00.000Z',
        failure: { cause: 'Disk full.', nextStep: 'Make room.' },
      });
      expect(await importAll()).toBe(1);
      expect(await importAll()).toBe(0);
      const { items } = await stack.auditStore.list({});
      expect(items).toMatchObject([
        {
          actor: 'direct:root@db-1',
          action: 'operation.direct',
          outcome: 'failed',
          details: { failure: { cause: 'Disk full.' } },
        },
        { outcome: 'accepted', details: { reason: 'The portal is down.' } },
      ]);
      expect(
        announce.mock.calls.map(([{ event, scope }]) => [event, scope]),
      ).toEqual([
        ['direct-operation', 'direct:operation-1'],
        ['direct-operation', 'direct:operation-1'],
      ]);
    });

    it('is announced again until somebody could be told, and goes into the history once', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const stack = await createTestStack({ knex });
      const repository = new MemoryObjectStore();
      await writeDirectRecord(repository, RECORD);
      const announce = jest
        .fn<Promise<boolean>, [Announcement]>()
        .mockResolvedValueOnce(false)
        .mockRejectedValueOnce(new Error('The portal is stopping.'))
        .mockResolvedValue(true);
      const importer = new DirectImporter({
        ...stack,
        announcements: { announce },
      });
      for (const told of [1, 2, 3, 3]) {
        await importer.import(repository, 'orders');
        expect(announce).toHaveBeenCalledTimes(told);
      }
      expect((await stack.auditStore.list({})).items).toHaveLength(1);
    });

    it('is not lost when the object cannot be read', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const stack = await createTestStack({ knex });
      const repository = new MemoryObjectStore();
      await repository.put('databases/orders/direct/operation-2.json', '{');
      const importer = new DirectImporter({
        ...stack,
        announcements: { announce: async () => true },
      });
      expect(await importer.import(repository, 'orders')).toBe(1);
      expect((await stack.auditStore.list({})).items[0]).toMatchObject({
        actor: 'direct:unknown',
        operationId: 'operation-2',
        outcome: 'interrupted',
      });
    });

    it('passes for nobody of the portal, and one that cannot be taken hides no other', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const stack = await createTestStack({ knex });
      const repository = new MemoryObjectStore();
      const leave = (operationId: string, record: object) =>
        repository.put(
          `databases/orders/direct/${operationId}.json`,
          JSON.stringify({ ...RECORD, ...record }),
        );
      await leave('a-not-told', {});
      await leave('b-not-a-state', { state: 'unheard-of' });
      await leave('c-no-parameters', { parameters: 'all' });
      await leave('d-another', { actor: 'user:default/owner' });
      const importer = new DirectImporter({
        ...stack,
        announcements: {
          announce: async ({ scope }) => {
            if (scope === 'direct:a-not-told') {
              throw new Error('Nobody listens.');
            }
            return true;
          },
        },
      });
      expect(await importer.import(repository, 'orders')).toBe(3);
      expect(stack.logger.warn).toHaveBeenCalledWith(
        expect.stringContaining('Nobody listens.'),
      );
      const { items } = await stack.auditStore.list({});
      expect(
        items.map(({ operationId, actor, outcome }) => [
          operationId,
          actor,
          outcome,
        ]),
      ).toEqual([
        ['d-another', 'direct:unknown', 'accepted'],
        ['c-no-parameters', 'direct:unknown', 'interrupted'],
        ['b-not-a-state', 'direct:unknown', 'interrupted'],
        ['a-not-told', 'direct:root@db-1', 'accepted'],
      ]);
      expect(items[0].details).toMatchObject({
        claimedActor: 'user:default/owner',
      });
    });
  },
);
