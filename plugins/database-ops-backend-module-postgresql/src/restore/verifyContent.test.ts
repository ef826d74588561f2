import { Client } from 'pg';
import { verifyContent } from './verifyContent';

const SEGMENT_BYTES = 16 * 1024 * 1024;

/** A restored server that replayed to a byte position and holds no table. */
function restoredAt(replayedBytes: number): Client {
  const facts = {
    system_identifier: '7',
    timeline: 1,
    server_version: '15.20',
    archive_mode: 'off',
    replayed_to: '0/7000000',
    replayed_bytes: replayedBytes,
    segment_bytes: SEGMENT_BYTES,
    last_commit_at: null,
    database_bytes: 1,
    timescaledb: null,
  };
  const query = async (sql: string) => {
    if (sql.includes('AS in_recovery')) {
      return { rows: [{ in_recovery: false }] };
    }
    return { rows: sql.includes('system_identifier') ? [facts] : [] };
  };
  return { query } as unknown as Client;
}

describe('verifyContent', () => {
  const expected = {
    systemIdentifier: '7',
    backupId: 'the-backup',
    state: 'open' as const,
    lastSegment: '000000010000000000000007',
  };
  const startOfLast = 7 * SEGMENT_BYTES;

  it.each([
    ['before the last segment', startOfLast - 1],
    ['just at its start, with nothing of it', startOfLast],
  ])('refuses a recovery that ended %s', async (_, replayedBytes) => {
    await expect(
      verifyContent(restoredAt(replayedBytes), expected),
    ).rejects.toThrow(/before the archive's last segment .*07/);
  });

  it('refuses one that is open though it was to pause, and one short of its position', async () => {
    const { lastSegment: _, ...any } = expected;
    const server = restoredAt(startOfLast);
    await expect(
      verifyContent(server, { ...any, state: 'paused' }),
    ).rejects.toThrow('left recovery instead of pausing');
    await expect(
      verifyContent(server, { ...any, position: startOfLast + 1 }),
    ).rejects.toThrow('Recovery ended at 0/7000000, before 0/7000001');
  });

  it('accepts a recovery that ended within the last segment', async () => {
    const content = await verifyContent(restoredAt(startOfLast + 64), expected);
    expect(content.facts).toMatchObject({ archiveMode: 'off', rowCounts: {} });
  });
});
