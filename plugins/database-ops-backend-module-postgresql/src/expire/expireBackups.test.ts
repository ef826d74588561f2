import { PgBackRestBackup, PgBackRestStanza } from '../pgbackrest/info';
import { logStartOf, rootsOf } from './expireBackups';

function backup(
  label: string,
  type: PgBackRestBackup['type'] = 'full',
  reference: readonly string[] = [],
): PgBackRestBackup {
  return {
    label,
    type,
    prior: reference.at(-1) ?? null,
    reference: reference.length > 0 ? [...reference] : null,
    archive: { start: `0000000100000000000000${label}`, stop: null },
    timestamp: { start: 1, stop: 2 },
    info: { size: 1, delta: 1, repository: { delta: 1 } },
    database: { id: 1, 'repo-key': 1 },
  };
}

const LISTED = [
  backup('0A'),
  backup('0B', 'incr', ['0A']),
  backup('0C', 'incr', ['0A', '0B']),
  backup('0D'),
  backup('0E', 'diff', ['0D']),
  backup('0F'),
];
const STANZA: PgBackRestStanza = {
  name: 'orders',
  status: { code: 0, message: 'ok' },
  db: [],
  archive: [{ id: '15-1', min: null, max: null, database: { id: 1 } }],
  backup: LISTED,
};

describe('expiring in the part of pgBackRest', () => {
  it('names the backups at the beginning of what goes, for what builds on them goes by itself', () => {
    const roots = (...remove: string[]) =>
      rootsOf(remove, LISTED).map(({ label }) => label);
    expect(roots('0A', '0B', '0C', '0E')).toEqual(['0A', '0E']);
    expect(roots('0B', '0C')).toEqual(['0B']);
    expect(roots('gone-already')).toEqual([]);
  });

  it('counts the fulls from the newest one to that with which the log begins', () => {
    expect(logStartOf(STANZA, '0D')).toEqual({
      fullBackups: 2,
      label: '0D',
      archiveId: '15-1',
      segment: '00000001000000000000000D',
    });
    expect(logStartOf(STANZA, '0A').fullBackups).toBe(3);
  });

  it('refuses to count from a backup that is not there, or is no full one', () => {
    for (const label of ['0B', '0Z']) {
      expect(() => logStartOf(STANZA, label)).toThrow('no log was removed');
    }
  });
});
