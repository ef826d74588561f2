import { mockServices } from '@backstage/backend-test-utils';
import { HealthEvent } from 'backstage-plugin-database-ops-node';
import { AuditEntry } from '../audit/chain';
import { Announcement } from '../notify/Announcements';
import { HealthEvents } from './HealthEvents';
import { readyDatabase, ScriptedEngine } from './testDatabases';

const FAILOVER: HealthEvent = {
  kind: 'failover',
  member: 'pg-2',
  sentence: 'pg-2 (timeline 2) is primary in place of pg-1 (timeline 1)',
  before: { member: 'pg-1', timeline: 1 },
  after: { member: 'pg-2', timeline: 2 },
};

function sink(append?: () => Promise<void>) {
  const entries: AuditEntry[] = [];
  const announced: Announcement[] = [];
  const events = new HealthEvents({
    audit: {
      append: append ?? (async entry => void entries.push(entry)),
    },
    announcements: {
      announce: async announcement => announced.push(announcement) > 0,
    },
    logger: mockServices.logger.mock(),
  });
  return { events, entries, announced };
}

describe('HealthEvents', () => {
  const database = readyDatabase('orders', new ScriptedEngine());

  it('writes a failover with both sides into the audit history, and tells people', async () => {
    const { events, entries, announced } = sink();
    await events.record(database, FAILOVER);
    expect(entries).toEqual([
      {
        actor: 'service:database-ops',
        action: 'health.failover',
        databaseId: 'orders',
        outcome: 'succeeded',
        sentence: `${FAILOVER.sentence}.`,
        details: {
          member: 'pg-2',
          before: FAILOVER.before,
          after: FAILOVER.after,
        },
      },
    ]);
    expect(announced).toMatchObject([
      { event: 'failover', databaseId: 'orders' },
    ]);
  });

  it('disturbs nobody for a changed setting', async () => {
    const { events, entries, announced } = sink();
    await events.record(database, {
      ...FAILOVER,
      kind: 'configuration-changed',
    });
    expect(entries).toMatchObject([{ action: 'health.configuration-changed' }]);
    expect(announced).toEqual([]);
  });

  it('tells people once of a failover that could not be written, and says so until it is', async () => {
    let isGone = true;
    const { events, announced } = sink(async () => {
      if (isGone) {
        throw new Error('the table is gone');
      }
    });
    expect(await events.record(database, FAILOVER)).toBe(false);
    expect(await events.record(database, FAILOVER)).toBe(false);
    isGone = false;
    expect(await events.record(database, FAILOVER)).toBe(true);
    expect(announced).toHaveLength(1);
    expect(await events.record(database, FAILOVER)).toBe(true);
    expect(announced).toHaveLength(2);
  });
});
