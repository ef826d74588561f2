import { TestDatabases } from '@backstage/backend-test-utils';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'overdue approvals on %s',
  databaseId => {
    it('are those of operations that still wait, not of cancelled ones', async () => {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const clock = new TestClock('2026-11-23T10:00:00Z');
      const portal = await createTestStack({
        knex,
        clock: clock.read,
        config: {
          policies: {
            standard: {
              objectives: { rpo: 'PT1H' },
              schedules: {},
              approvals: [
                {
                  kinds: ['backup'],
                  approvers: ['group:default/approvers'],
                  expiresAfter: 'PT1H',
                },
              ],
            },
          },
        },
      });
      const ask = (idempotencyKey: string) =>
        portal.service.request(
          { databaseId: 'orders', kind: 'backup' },
          { requestedBy: 'user:default/owner', idempotencyKey },
        );
      const overdue = async () =>
        (await portal.approvals.listOverdue()).map(
          ({ operationId }) => operationId,
        );
      const withdrawn = await ask('backup-1');
      expect(withdrawn.state).toBe('awaiting-approval');
      await portal.service.cancel(withdrawn.id, 'user:default/owner');
      const waiting = await ask('backup-2');
      expect(await overdue()).toEqual([]);
      clock.advance(3601);
      expect(await overdue()).toEqual([waiting.id]);
      expect(await portal.approvalService.expireOverdue()).toBe(1);
      expect(await overdue()).toEqual([]);
      expect((await portal.store.get(waiting.id))?.state).toBe('expired');
      expect((await portal.store.get(withdrawn.id))?.state).toBe('cancelled');
    });
  },
);
