import { Backup } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { chooseTarget, readRestoreParameters } from './parameters';

function backup(
  id: string,
  stoppedAt: string,
  overrides: Partial<Backup> = {},
): Backup {
  return {
    id,
    databaseId: 'orders',
    type: 'full',
    startedAt: stoppedAt,
    stoppedAt,
    chain: [id],
    to: { time: stoppedAt, timeline: 1 },
    state: 'present',
    ...overrides,
  };
}

function inventory(
  backups: readonly Backup[],
  newestSegment = '00000001000000000000000A',
): Inventory {
  return {
    version: 1,
    databaseId: 'orders',
    engine: 'postgresql',
    observedAt: '2026-11-23T00:00:00Z',
    backups,
    logs: [
      { branch: '1', from: '000000010000000000000001', to: newestSegment },
    ],
  };
}

const OLD = backup('old', '2026-11-21T00:00:00Z');
const NEW = backup('new', '2026-11-22T00:00:00Z');

describe('readRestoreParameters', () => {
  it('expires after a day unless told otherwise', () => {
    const { expiresAfter } = readRestoreParameters({ kind: 'latest' });
    expect(expiresAfter.as('hours')).toBe(24);
  });

  it.each([
    [{ kind: 'time' }, 'parameters.kind'],
    [{ kind: 'backup' }, 'parameters.backupId'],
    [{ kind: 'latest', expiresAfter: 'tomorrow' }, 'parameters.expiresAfter'],
    [{ kind: 'latest', expiresAfter: 'PT0S' }, 'parameters.expiresAfter'],
  ])('refuses %j and names the parameter', (raw, name) => {
    expect(() => readRestoreParameters(raw)).toThrow(name);
  });
});

describe('chooseTarget', () => {
  const latest = readRestoreParameters({ kind: 'latest' });

  it('takes the newest present backup for the latest moment', () => {
    const damaged = backup('damaged', '2026-11-23T00:00:00Z', {
      state: 'damaged',
    });
    const target = chooseTarget(latest, inventory([NEW, OLD, damaged]));
    expect(target.backup.id).toBe('new');
    expect(target.arguments).toContain('--set=new');
    expect(target.timeline).toBe('current');
    expect(target.lastSegment).toBe('00000001000000000000000A');
  });

  it('follows the archive to the timeline of a failover', () => {
    const target = chooseTarget(
      latest,
      inventory([NEW], '00000003000000000000000A'),
    );
    expect(target.timeline).toBe('3');
    expect(target.arguments).toContain('--target-timeline=3');
  });

  it('stops a chosen backup as soon as it is consistent', () => {
    const chosen = readRestoreParameters({ kind: 'backup', backupId: 'old' });
    const target = chooseTarget(chosen, inventory([NEW, OLD]));
    expect(target.backup.id).toBe('old');
    expect(target.arguments).toContain('--type=immediate');
    expect(target.lastSegment).toBeUndefined();
  });

  it('says which backup is not there', () => {
    const chosen = readRestoreParameters({ kind: 'backup', backupId: 'gone' });
    expect(() => chooseTarget(chosen, inventory([NEW]))).toThrow("'gone'");
    expect(() => chooseTarget(latest, inventory([]))).toThrow(
      'Take a backup first',
    );
  });
});
