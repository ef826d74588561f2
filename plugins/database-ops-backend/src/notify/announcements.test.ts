import { TestDatabases, mockServices } from '@backstage/backend-test-utils';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../__testUtils__/testStack';
import { Announcement, ONCE_KEPT_DAYS } from './Announcements';
import { NotificationAnnouncements } from './NotificationAnnouncements';
import { OnceKeys } from './OnceKeys';

jest.setTimeout(60_000);

const databases = TestDatabases.create();
const vanished: Announcement = {
  event: 'backup-vanished',
  databaseId: 'orders',
  title: 'A backup of Orders vanished',
  description: 'Look who deleted it; take a full backup now.',
  scope: 'orders:vanished',
};

describe.each(databases.eachSupportedId())('announcements on %s', id => {
  async function setUp(notifications?: object[]) {
    const knex = await databases.init(id);
    await migrate(knex);
    const clock = new TestClock('2026-11-23T10:00:00Z');
    const stack = await createTestStack({
      knex,
      clock: clock.read,
      config: {
        operators: ['group:default/sre'],
        policies: {
          standard: notifications ? { notifications } : {},
        },
      } as Parameters<typeof createTestStack>[0]['config'],
    });
    return {
      ...stack,
      knex,
      clock,
      send: stack.notifications.send as jest.Mock,
    };
  }

  it('reach the owner, with what to do and a link, when no route names the event', async () => {
    const { announcements, send } = await setUp([
      { events: ['failed'], recipients: ['group:default/backup-people'] },
    ]);
    await announcements.announce(vanished);
    expect(send.mock.calls).toEqual([
      [
        {
          recipients: { type: 'entity', entityRef: ['group:default/team-a'] },
          payload: {
            title: 'A backup of Orders vanished',
            description: 'Look who deleted it; take a full backup now.',
            link: '/database-ops/databases/orders',
            severity: 'critical',
            topic: 'database-ops',
            scope: 'database-ops:orders:vanished',
          },
        },
      ],
    ]);
  });

  it('follow the routes that name the event, everyone once', async () => {
    const { announcements, send } = await setUp([
      { events: ['failed'], recipients: ['owner', 'user:default/night'] },
      { events: ['failed', 'overdue'], recipients: ['user:default/night'] },
    ]);
    await announcements.announce({
      ...vanished,
      event: 'failed',
      operationId: 'operation-1',
      recipients: ['user:default/guest'],
    });
    expect(send.mock.calls[0][0]).toMatchObject({
      recipients: {
        entityRef: [
          'user:default/guest',
          'group:default/team-a',
          'user:default/night',
        ],
      },
      payload: { link: '/database-ops/operations/operation-1' },
    });
  });

  it('of no database reach the operators, of one without an owner nobody, which is logged', async () => {
    const { announcements, send, logger } = await setUp();
    await announcements.announce({ ...vanished, databaseId: undefined });
    expect(send.mock.calls[0][0]).toMatchObject({
      recipients: { entityRef: ['group:default/sre'] },
    });
    await announcements.announce({ ...vanished, databaseId: 'parcels' });
    expect(send).toHaveBeenCalledTimes(1);
    expect(logger.info).toHaveBeenCalledWith(
      expect.stringContaining("owner of database 'parcels' is not known"),
    );
  });

  it('are told once for a key on however many replicas, and again when nobody heard it', async () => {
    const stack = await setUp();
    const once = { ...vanished, onceKey: 'vanished:full-1' };
    stack.send.mockRejectedValueOnce(new Error('The service is away.'));
    await stack.announcements.announce(once);
    const other = { send: jest.fn(async () => {}) };
    const elsewhere = new NotificationAnnouncements({
      ...stack,
      logger: mockServices.logger.mock(),
      notifications: other,
      operators: [],
      onceKeys: new OnceKeys({ knex: stack.knex, clock: stack.clock.read }),
    });
    await elsewhere.announce(once);
    await stack.announcements.announce(once);
    await elsewhere.announce(once);
    expect(other.send).toHaveBeenCalledTimes(1);
    expect(stack.send).toHaveBeenCalledTimes(1);

    const keys = new OnceKeys({ knex: stack.knex, clock: stack.clock.read });
    expect(await keys.prune()).toBe(0);
    stack.clock.advance((ONCE_KEPT_DAYS + 1) * 24 * 3600);
    expect(await keys.prune()).toBe(1);
    await stack.announcements.announce(once);
    expect(stack.send).toHaveBeenCalledTimes(2);
  });
});
