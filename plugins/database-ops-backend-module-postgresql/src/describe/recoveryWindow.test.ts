import { Backup, HealthReport } from 'backstage-plugin-database-ops-common';
import { recoveryWindowOf } from './recoveryWindow';

const BACKUP: Backup = {
  id: '20261123-020000F',
  databaseId: 'orders',
  type: 'full',
  startedAt: '2026-11-23T02:00:00.000Z',
  stoppedAt: '2026-11-23T02:05:00.000Z',
  chain: ['20261123-020000F'],
  to: { time: '2026-11-23T02:05:00.000Z', lsn: '0/A', timeline: 1 },
  state: 'present',
};

function window(backups: readonly Backup[], health?: HealthReport) {
  return recoveryWindowOf(
    'orders',
    {
      version: 1,
      databaseId: 'orders',
      engine: 'postgresql',
      observedAt: '2026-11-23T03:00:00.000Z',
      backups,
      logs: [],
    },
    health,
  );
}

const HEALTH = {
  signals: [
    {
      id: 'archive-age',
      status: 'ok',
      value: 60,
      observedAt: '2026-11-23T03:00:00.000Z',
    },
  ],
} as unknown as HealthReport;

describe('recoveryWindowOf', () => {
  it('claims the end of each backup, without those that vanished', () => {
    const { intervals } = window([
      BACKUP,
      { ...BACKUP, id: 'gone', state: 'missing' },
    ]);
    expect(intervals).toEqual([
      {
        kind: 'claimed',
        from: BACKUP.to,
        to: BACKUP.to,
        backupId: BACKUP.id,
      },
    ]);
  });

  it('reaches to the end of the archive when health measured it', () => {
    const { intervals, sentence } = window([BACKUP], HEALTH);
    expect(intervals.at(-1)).toMatchObject({
      kind: 'claimed',
      from: BACKUP.to,
      to: { time: '2026-11-23T02:59:00.000Z' },
    });
    expect(sentence).toContain('end of the archive at 2026-11-23T02:59');
  });

  it('says so when there is nothing to restore', () => {
    expect(window([])).toMatchObject({
      intervals: [],
      sentence: 'There is no backup to restore.',
    });
    expect(recoveryWindowOf('orders', undefined).intervals).toEqual([]);
  });
});
