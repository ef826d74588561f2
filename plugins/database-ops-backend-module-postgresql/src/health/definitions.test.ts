import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPostgresqlConfig } from '../config';
import { SIGNAL_IDS } from './definitions';
import { CONFIGURABLE_SIGNALS, Limits } from './Limits';

const DOCUMENT = join(__dirname, '../../../../docs/postgresql-signals.md');

/** Signal to its cells, of the table whose first column holds ids. */
function documented(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(DOCUMENT, 'utf8')
    .split('\n')
    .flatMap(line => {
      const cells = line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim());
      const [, id] = /^`([a-z-]+)`$/.exec(cells[0] ?? '') ?? [];
      return id ? [[id, cells] as const] : [];
    });
  expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
  return new Map(rows);
}

describe('docs/postgresql-signals.md', () => {
  it('has a row for each signal that the engine can give, and no other', () => {
    expect([...documented().keys()].sort()).toEqual([...SIGNAL_IDS].sort());
  });

  it('names the default threshold as the signal itself does, its source and what to do', () => {
    const limits = new Limits();
    for (const [id, cells] of documented()) {
      const [, says, source, threshold, , toDo] = cells;
      expect({ id, threshold }).toEqual({
        id,
        threshold: limits.facts(id as (typeof SIGNAL_IDS)[number]).threshold,
      });
      expect([says, source, toDo].filter(cell => cell === '')).toEqual([]);
    }
  });

  it('says why of each number', () => {
    const table = documented();
    expect(
      CONFIGURABLE_SIGNALS.filter(id => table.get(id)?.[4] === ''),
    ).toEqual([]);
  });
});

describe('postgresql.thresholds', () => {
  const read = (thresholds: Record<string, object>) =>
    readPostgresqlConfig(
      {
        members: [{ name: 'pg-1', host: 'pg-1.example', port: 5432 }],
        database: 'orders',
        username: 'monitor',
        password: 'a password',
        thresholds: JSON.parse(JSON.stringify(thresholds)),
      },
      'databaseOps.databases.orders.postgresql',
    );

  it('replace the bounds they give, keep the others, and show in the threshold of the signal', () => {
    const { thresholds } = read({ connections: { warning: 50 } });
    const limits = new Limits(thresholds);
    expect(limits.status('connections', 60)).toBe('warning');
    expect(limits.status('connections', 96)).toBe('critical');
    expect(limits.facts('connections').threshold).toBe(
      'warning above 50 %, critical above 95 %',
    );
    expect(limits.facts('longest-transaction').threshold).toBe(
      'warning above 5 min, critical above 30 min',
    );
  });

  it('win over bounds that follow from a setting of the server', () => {
    const limits = new Limits(
      read({ 'archive-age': { critical: 7 } }).thresholds,
    );
    const derived = { warning: 120, critical: 600 };
    expect(limits.bounds('archive-age', derived)).toEqual({
      warning: 120,
      critical: 7,
    });
  });

  it('refuse an unknown signal and one that judges a state, with the list of those there are', () => {
    for (const id of ['conections', 'writable']) {
      expect(() => read({ [id]: { warning: 1 } })).toThrow(
        new RegExp(`thresholds\\.${id}.*connections, longest-transaction`, 's'),
      );
    }
  });

  it('refuse a warning that would come after its critical, in either direction', () => {
    expect(() => read({ connections: { warning: 97 } })).toThrow(
      /warning \(97\) must come before critical \(95\)/,
    );
    expect(() => read({ certificate: { warning: 2 } })).toThrow(
      /warning \(2\) must come before critical \(3\)/,
    );
  });

  it('refuse what is no bound', () => {
    expect(() => read({ connections: { wraning: 1 } })).toThrow(/wraning/);
  });
});
