import { parseInfo } from '../pgbackrest/info';
import { standingFull } from './confirmInPlace';

const OLDER = '20261123-020000F';
const NEWER = '20261123-030000F';

function backup(label: string, timeline: number, databaseId = 2): object {
  const segment = `0000000${timeline}0000000000000005`;
  return {
    label,
    type: 'full',
    prior: null,
    reference: null,
    archive: { start: segment, stop: segment },
    timestamp: { start: 1_795_000_000, stop: 1_795_000_060 },
    info: { size: 1, delta: 1, repository: { delta: 1 } },
    database: { id: databaseId, 'repo-key': 1 },
  };
}

function find(backups: readonly object[], folders: readonly string[]) {
  const stanza = parseInfo(
    JSON.stringify([
      {
        name: 'orders',
        status: { code: 0, message: 'ok' },
        db: [
          { id: 1, 'system-id': 1, version: '14' },
          { id: 2, 'system-id': 2, version: '15' },
        ],
        backup: backups,
      },
    ]),
    'orders',
  )!;
  return standingFull('orders', stanza, new Set(folders), 2)?.id;
}

describe('the full backup that lets the kept source go', () => {
  it('is the newest of the timeline whose folder is in the repository', () => {
    const both = [backup(OLDER, 2), backup(NEWER, 2)];
    expect(find(both, [OLDER, NEWER])).toBe(NEWER);
    // An expire took the folder; a list that a backup wrote back still names it.
    expect(find(both, [OLDER])).toBe(OLDER);
    expect(find(both, [])).toBeUndefined();
  });

  it.each([
    ['timeline', backup(NEWER, 1)],
    ['system', backup(NEWER, 3, 1)],
  ])('is none of an earlier %s', (_what, other) => {
    expect(find([other], [NEWER])).toBeUndefined();
  });
});
