import { mockCredentials, TestDatabases } from '@backstage/backend-test-utils';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { isReady } from '../databases/types';
import { createStage, owner } from '../retention/__testUtils__/retentionStage';
import { createLostSignal } from './lostSignal';
import { LostInstances } from './LostInstances';

jest.setTimeout(120_000);

const databases = TestDatabases.create();
const BACKUP = 'full-2026-11-03';

describe.each(databases.eachSupportedId())(
  'a restored instance whose host is gone, on %s',
  databaseId => {
    async function create(
      options: {
        readonly policy?: 'keeping' | 'guarded';
        readonly mode?: RestoredInstance['mode'];
        readonly state?: RestoredInstance['state'];
      } = {},
    ) {
      const { policy, mode, state = 'lost' } = options;
      const stage = await createStage(databases, databaseId, policy);
      await stage.knex.transaction(trx =>
        stage.instances.add(trx, {
          id: 'copy',
          databaseId: 'ledger',
          operationId: 'copy',
          backupId: BACKUP,
          mode,
          state,
          host: 'scrapped',
          directory: '/restored/copy',
          expiresAt: '2026-11-23T00:00:00Z',
        }),
      );
      const lost = new LostInstances({ ...stage, operations: stage.store });
      const forget = (who = owner, confirmation?: string) =>
        lost.forget(who, 'copy', { reason: 'Scrapped.', confirmation });
      const isKept = async () =>
        (await stage.preview()).entries.some(
          ({ backupId, keep }) => backupId === BACKUP && keep,
        );
      const signals = async () => {
        const database = stage.databases.get('ledger');
        if (!database || !isReady(database)) {
          throw new Error('The test database is not ready.');
        }
        return createLostSignal(stage.instances).read(
          database,
          stage.clock.read(),
        );
      };
      return { ...stage, forget, isKept, signals };
    }

    it('holds its backup and the log back, which a signal says, until somebody gives it up', async () => {
      const { forget, isKept, signals, preview, auditStore } = await create();
      expect(await isKept()).toBe(true);
      expect((await preview()).logsKeptFrom?.time).toBe(
        '2026-11-03T02:00:00.000Z',
      );
      expect((await signals())[0]).toMatchObject({
        status: 'warning',
        sentence: expect.stringContaining(
          `Restored instance copy on scrapped is lost: retention keeps backup ${BACKUP} and all log after it`,
        ),
      });

      const files =
        'Its files were not removed and may still lie in /restored/copy on scrapped.';
      expect(await forget()).toMatchObject({
        state: 'discarded',
        facts: { forgotten: expect.stringContaining(files) },
      });
      expect(await isKept()).toBe(false);
      expect((await preview()).logsKeptFrom?.time).toBe(
        '2026-11-16T02:00:00.000Z',
      );
      expect(await signals()).toEqual([]);
      const { items } = await auditStore.list({ databaseId: 'ledger' });
      expect(items[0]).toMatchObject({
        action: 'restored-instance.forget',
        actor: 'user:default/owner',
        sentence: expect.stringContaining('Scrapped.'),
      });
      await expect(forget()).rejects.toThrow('is discarded');
    });

    it('is not given up without permission, by its name untyped in the place of its source, or while a discard waits for it', async () => {
      const { forget, isKept, auditStore, service } = await create({
        mode: 'in-place',
      });
      await expect(
        forget(mockCredentials.user('user:default/x')),
      ).rejects.toThrow('may not give up');
      const { items } = await auditStore.list({ outcome: 'denied' });
      expect(items[0].action).toBe('restored-instance.forget');
      await expect(forget()).rejects.toThrow("'ledger', as confirmation");
      await service.request(
        {
          databaseId: 'ledger',
          kind: 'discard',
          parameters: { restoredInstanceId: 'copy' },
          confirmation: 'ledger',
        },
        { requestedBy: 'user:default/owner', idempotencyKey: 'one' },
      );
      await expect(forget(owner, 'ledger')).rejects.toThrow('cancel it first');
      expect(await isKept()).toBe(true);
    });

    it('is not given up while it runs: it is discarded', async () => {
      const { forget, instances } = await create({ state: 'running' });
      await expect(forget()).rejects.toThrow('is running');
      expect((await instances.get('copy'))?.state).toBe('running');
    });

    it('is given up by an approver alone where the policy wants two people for a discard', async () => {
      const { forget, isKept } = await create({ policy: 'guarded' });
      await expect(forget()).rejects.toThrow('does not name you');
      expect(await isKept()).toBe(true);
      expect(
        (await forget(mockCredentials.user('user:default/boss'))).state,
      ).toBe('discarded');
      expect(await isKept()).toBe(false);
    });
  },
);
