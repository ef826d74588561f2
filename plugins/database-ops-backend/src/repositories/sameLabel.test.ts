import { TestDatabases } from '@backstage/backend-test-utils';
import { Announcement } from '../notify/Announcements';
import { ReadyDatabase } from '../databases/types';
import { VanishedBackups } from '../reconciliation/VanishedBackups';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { at, BY, createStage } from './__testUtils__/severalStage';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const LABEL = '20261123-080000F';

/** What both repositories hold of one moment, by the same names. */
function heldOf(labels: readonly string[], hour: number) {
  const backups = labels.map(label => ({
    ...testBackup('orders', label),
    startedAt: at(8),
    stoppedAt: at(8),
  }));
  return {
    ...testInventory('orders', backups, at(hour)),
    logs: [{ branch: '1', from: at(8), to: at(hour) }],
  };
}

describe.each(databases.eachSupportedId())(
  'backups of one label in two repositories on %s',
  databaseId => {
    async function create() {
      const stage = await createStage(databases, databaseId);
      for (const stored of ['', 'far']) {
        await stage.read(stored, heldOf([LABEL, 'other'], 11));
      }
      const orders = stage.databases.get('orders') as ReadyDatabase;
      return { ...stage, orders };
    }

    it('are both listed, whatever the size of a page', async () => {
      const { backups } = await create();
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await backups.list('orders', { limit: 1, cursor });
        expect(page.totalItems).toBe(4);
        seen.push(
          ...page.items.map(({ id, repositoryId }) => `${id} ${repositoryId}`),
        );
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual([
        'other far',
        'other undefined',
        `${LABEL} far`,
        `${LABEL} undefined`,
      ]);
    });

    it('vanish each on its own: what retention removed from the one may not be gone from the other', async () => {
      const { knex, clock, backups, read, orders } = await create();
      const announce = jest.fn(async (_told: Announcement) => true);
      const vanished = new VanishedBackups({
        knex,
        backups,
        announcements: { announce },
        clock: clock.read,
      });
      await knex('operations').insert({
        id: 'expire-1',
        database_id: 'orders',
        repository_id: 'far',
        kind: 'expire',
        state: 'succeeded',
        parameters: JSON.stringify({
          remove: [LABEL],
          keep: ['other'],
          planHash: 'x',
          repositoryId: 'far',
        }),
        requested_by: 'user:default/owner',
        requested_at: at(11),
        started_at: at(11),
        ended_at: at(11),
        idempotency_key: 'expire-1',
      });
      await read('far', heldOf(['other'], 12));
      expect(await vanished.list(orders)).toEqual([]);

      await read('', heldOf(['other'], 12));
      expect(await vanished.list(orders)).toMatchObject([
        { id: LABEL, stored: '' },
      ]);
      await vanished.announce(orders);
      expect(announce.mock.calls).toEqual([
        [
          expect.objectContaining({
            description: expect.stringContaining("not in repository 'main'"),
            onceKey: `backup-vanished:orders/main/${LABEL}`,
          }),
        ],
      ]);
      await read('far', heldOf([], 13));
      expect(
        (await vanished.list(orders)).map(({ id, stored }) => [id, stored]),
      ).toEqual([
        [LABEL, ''],
        ['other', 'far'],
      ]);
    });

    it('are told about each on its own', async () => {
      const { knex, clock, backups, read, orders } = await create();
      const announce = jest.fn(async (_told: Announcement) => true);
      await read('', heldOf(['other'], 12));
      await read('far', heldOf(['other'], 12));
      await new VanishedBackups({
        knex,
        backups,
        announcements: { announce },
        clock: clock.read,
      }).announce(orders);
      expect(announce.mock.calls.map(([{ onceKey }]) => onceKey)).toEqual([
        `backup-vanished:orders/main/${LABEL}`,
        `backup-vanished:orders/far/${LABEL}`,
      ]);
    });

    it('can be restored from the one while it is removed from the other, and not pinned', async () => {
      const { service, validator, retention, orders, knex } = await create();
      await service.requestValid(
        {
          databaseId: 'orders',
          kind: 'expire',
          parameters: {
            remove: [LABEL],
            keep: ['other'],
            planHash: 'x',
            repositoryId: 'far',
          },
        },
        { ...BY, idempotencyKey: 'expire' },
      );
      const restore = (repositoryId: string) =>
        validator.validate({
          databaseId: 'orders',
          kind: 'restore',
          parameters: { kind: 'time', time: at(9), repositoryId },
          confirmation: 'orders',
        });
      expect((await restore('main')).parameters.repositoryId).toBe('main');
      await expect(restore('far')).rejects.toThrow(
        `Backup '${LABEL}' of database 'orders' is removed by operation`,
      );
      // A pin keeps it wherever it is.
      await expect(
        knex.transaction(trx =>
          retention.rivals.assertStays(trx, orders, { backupIds: [LABEL] }),
        ),
      ).rejects.toThrow(`Backup '${LABEL}'`);
    });
  },
);
