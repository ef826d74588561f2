import { TestDatabases } from '@backstage/backend-test-utils';
import { Proof } from 'backstage-plugin-database-ops-common';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { migrate } from '../__testUtils__/testStack';
import { BackupStore } from '../backups/BackupStore';
import { ProofStore } from '../proofs/ProofStore';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { FirstRepositories } from './FirstRepositories';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

const NOW = '2026-11-23T12:00:00.000Z';

function proofOf(id: string, repositoryId?: string): Proof {
  return {
    id,
    databaseId: 'orders',
    repositoryId,
    operationId: id,
    depth: 'restore',
    state: 'proved',
    sentence: 'It was.',
    startedAt: NOW,
    endedAt: NOW,
    checks: [],
  };
}

function instanceOf(id: string, repositoryId?: string) {
  return {
    id,
    databaseId: 'orders',
    repositoryId,
    operationId: id,
    state: 'paused' as const,
    host: 'here',
    directory: `/restored/${id}`,
    expiresAt: NOW,
  };
}

describe.each(databases.eachSupportedId())(
  'another first repository on %s',
  databaseId => {
    async function create() {
      const knex = await databases.init(databaseId);
      await migrate(knex);
      const parts = { knex, clock: () => new Date(NOW) };
      const firsts = new FirstRepositories(parts);
      const backups = new BackupStore(parts);
      const proofs = new ProofStore(parts);
      const instances = new RestoredInstanceStore(parts);
      const note = (repositoryId?: string) =>
        firsts.note({ id: 'orders', repositoryId });
      const read = (stored: string, ...ids: string[]) =>
        knex.transaction(trx =>
          backups.applyInventory(
            trx,
            testInventory(
              'orders',
              ids.map(id => testBackup('orders', id)),
              NOW,
            ),
            stored,
          ),
        );
      const held = async () => {
        const { items } = await backups.list('orders', {});
        return items
          .map(each => `${each.id} ${each.state} ${each.repositoryId}`)
          .sort();
      };
      return { knex, note, read, held, backups, proofs, instances };
    }

    /** As [main, far] left it. */
    async function filled() {
      const stack = await create();
      await stack.note('main');
      await stack.read('', 'a1', 'a2');
      await stack.read('far', 'b1');
      await stack.knex.transaction(async trx => {
        await stack.proofs.record(trx, proofOf('of-main'));
        await stack.proofs.record(trx, proofOf('of-far', 'far'));
        await stack.instances.add(trx, instanceOf('from-main'));
        await stack.instances.add(trx, instanceOf('from-far', 'far'));
      });
      return stack;
    }

    it('leaves what is known with the repository that it is known of', async () => {
      const { note, held, backups, proofs, instances } = await filled();
      await note('far');
      expect(await held()).toEqual([
        'a1 present main',
        'a2 present main',
        'b1 present undefined',
      ]);
      const read = await backups.listInventories('orders');
      expect(
        read.map(({ stored, inventory }) => [
          stored,
          inventory.backups.map(({ id }) => id),
        ]),
      ).toEqual([
        ['', ['b1']],
        ['main', ['a1', 'a2']],
      ]);
      const { items } = await proofs.list('orders', {});
      expect(
        items.map(each => `${each.id} ${each.repositoryId}`).sort(),
      ).toEqual(['of-far undefined', 'of-main main']);
      const restored = await instances.list('orders');
      expect(
        restored.map(each => `${each.id} ${each.repositoryId}`).sort(),
      ).toEqual(['from-far undefined', 'from-main main']);
    });

    it('makes no backup missing when the new first one is read', async () => {
      const { note, read, held, backups } = await filled();
      await note('far');
      await read('', 'b1', 'b2');
      expect(await held()).toEqual([
        'a1 present main',
        'a2 present main',
        'b1 present undefined',
        'b2 present undefined',
      ]);
      expect(await backups.listMissing('orders', new Date(0))).toEqual([]);
    });

    it('comes back to what it was, and is noted once', async () => {
      const { note, held } = await filled();
      const before = await held();
      await note('far');
      await note('far');
      await note('main');
      expect(await held()).toEqual(before);
    });

    it('takes nothing over from one that is not configured any more', async () => {
      const { note, held, backups } = await filled();
      await note(undefined);
      await note('near');
      await backups.forgetOthers('orders', ['']);
      expect(await held()).toEqual([]);
      expect(await backups.getInventory('orders')).toBeUndefined();
    });

    it('replaces what another replica wrote by the old name', async () => {
      const { note, read, held } = await filled();
      await read('main', 'stale');
      await note('far');
      expect(await held()).toEqual([
        'a1 present main',
        'a2 present main',
        'b1 present undefined',
      ]);
    });
  },
);
