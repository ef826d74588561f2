import { TestDatabases } from '@backstage/backend-test-utils';
import { Proof } from 'backstage-plugin-database-ops-common';
import { migrate } from '../__testUtils__/testStack';
import { backupKey, ProofStore } from './ProofStore';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

function proofOf(id: string, facts: Partial<Proof> = {}): Proof {
  return {
    id,
    databaseId: 'orders',
    operationId: id,
    depth: 'restore',
    state: 'proved',
    sentence: `Proof ${id}.`,
    startedAt: '2026-11-23T04:00:00.000Z',
    endedAt: '2026-11-23T04:10:00.000Z',
    checks: [
      { id: 'starts', title: 'Starts', status: 'passed', sentence: 'It did.' },
    ],
    ...facts,
  };
}

describe.each(databases.eachSupportedId())('proofs on %s', databaseId => {
  async function create(...proofs: readonly Proof[]) {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const store = new ProofStore({ knex });
    const record = (proof: Proof) =>
      knex.transaction(trx => store.record(trx, proof));
    for (const proof of proofs) {
      await record(proof);
    }
    const importIt = (proof: Proof) =>
      knex.transaction(trx => store.recordImported(trx, proof));
    return { store, record, importIt };
  }

  it('are listed newest first over pages, each once though recorded twice', async () => {
    const { store, record } = await create(
      proofOf('a'),
      proofOf('b'),
      proofOf('c', { endedAt: '2026-11-23T03:00:00Z' }),
    );
    await record(proofOf('a'));
    const first = await store.list('orders', { limit: 2 });
    const second = await store.list('orders', {
      limit: 2,
      cursor: first.nextCursor,
    });
    expect(first.totalItems).toBe(3);
    expect([...first.items, ...second.items].map(proof => proof.id)).toEqual([
      'b',
      'a',
      'c',
    ]);
    expect(second.nextCursor).toBeUndefined();
  });

  it('give the newest at a depth of each repository, failed ones too', async () => {
    const failed = { state: 'failed', depth: 'archiving' } as const;
    const { store } = await create(
      proofOf('a', { depth: 'archiving', endedAt: '2026-11-23T03:00:00Z' }),
      proofOf('b', failed),
      proofOf('c', { ...failed, repositoryId: 'far' }),
      proofOf('d', { ...failed, repositoryId: 'far', state: 'proved' }),
      proofOf('e', { endedAt: '2026-11-23T07:00:00Z' }),
      proofOf('f', { ...failed, databaseId: 'sessions' }),
    );
    const newest = await store.newestOf('orders', 'archiving');
    expect(
      newest.map(({ id, state, repositoryId }) => [id, state, repositoryId]),
    ).toEqual([
      ['b', 'failed', undefined],
      ['d', 'proved', 'far'],
    ]);
    expect(await store.newestOf('events', 'archiving')).toEqual([]);
  });

  it('count as a restore neither checksums nor a check of archiving', async () => {
    const { store } = await create(
      proofOf('a'),
      proofOf('b', { depth: 'repository', endedAt: '2026-11-23T06:00:00Z' }),
      proofOf('c', { depth: 'archiving', endedAt: '2026-11-23T07:00:00Z' }),
    );
    expect((await store.newestRestored('orders'))?.id).toBe('a');
    expect((await store.provedMoments('orders')).map(({ id }) => id)).toEqual([
      'a',
    ]);
  });

  it('count a backup as proved by a restore only, not by checksums, nor by a failed or partial one', async () => {
    const { store } = await create(
      proofOf('a', { backupId: 'full-1' }),
      proofOf('b', { backupId: 'full-1', endedAt: '2026-11-23T06:00:00Z' }),
      proofOf('c', { backupId: 'full-2', depth: 'repository' }),
      proofOf('d', { backupId: 'full-3', state: 'failed' }),
      proofOf('e', { backupId: 'full-4', state: 'partial' }),
    );
    expect([...(await store.provedBackups('orders'))]).toEqual([
      [
        '/full-1',
        { proofId: 'b', at: '2026-11-23T06:00:00.000Z', depth: 'restore' },
      ],
    ]);
  });

  it('count a backup as proved in the repository that it was restored from only', async () => {
    const { store } = await create(
      proofOf('a', { backupId: 'full-1', repositoryId: 'far' }),
    );
    const proved = await store.provedBackups('orders');
    expect(proved.get(backupKey('far', 'full-1'))?.proofId).toBe('a');
    expect(proved.has(backupKey('', 'full-1'))).toBe(false);
  });

  it('are listed but count no backup as proved when they were imported, and replace none of ours', async () => {
    const { store, importIt } = await create(
      proofOf('ours', { backupId: 'full-1' }),
    );
    await importIt(proofOf('ours', { backupId: 'full-2' }));
    await importIt(proofOf('theirs', { backupId: 'full-3' }));
    expect([...(await store.provedBackups('orders')).keys()]).toEqual([
      '/full-1',
    ]);
    expect((await store.list('orders', {})).items).toMatchObject([
      { id: 'theirs', facts: { imported: true } },
      { id: 'ours', backupId: 'full-1' },
    ]);
  });
});
