import { Backup } from 'backstage-plugin-database-ops-common';
import { markLost } from './lostBackups';

function backup(id: string, chain: readonly string[] = []): Backup {
  return {
    id,
    databaseId: 'orders',
    type: 'full',
    startedAt: '2026-11-23T02:00:00.000Z',
    stoppedAt: '2026-11-23T02:05:00.000Z',
    chain: [...chain, id],
    state: 'present',
  };
}

describe('markLost', () => {
  it('marks what is only listed as missing, and what needs it as damaged', () => {
    const { backups } = markLost(
      {
        version: 1,
        databaseId: 'orders',
        engine: 'postgresql',
        observedAt: '2026-11-23T03:00:00.000Z',
        backups: [backup('a'), backup('a1', ['a']), backup('b')],
        logs: [],
      },
      new Set(['a1', 'b']),
    );
    expect(backups.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'a missing',
      'a1 damaged',
      'b present',
    ]);
  });
});
