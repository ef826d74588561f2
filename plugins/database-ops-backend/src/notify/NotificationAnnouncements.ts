import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { DatabaseCatalog } from '../databases/types';
import { NotificationEvent } from '../policies/notificationEvents';
import { Announcement, Announcements } from './Announcements';
import { OnceKeys } from './OnceKeys';
import { recipientsOf } from './recipientsOf';

type NotificationPayload = Parameters<
  NotificationService['send']
>[0]['payload'];

/** One topic: people mute the plugin as a whole or not at all. */
const TOPIC = 'database-ops';

const SEVERITIES: Record<
  NotificationEvent,
  NonNullable<NotificationPayload['severity']>
> = {
  failed: 'high',
  overdue: 'high',
  'approval-wanted': 'high',
  restored: 'normal',
  promoted: 'normal',
  'proof-failed': 'critical',
  'backup-vanished': 'critical',
  stuck: 'high',
  'emergency-override': 'critical',
  'audit-broken': 'critical',
  'direct-operation': 'high',
  failover: 'high',
};

/** Announcements through Backstage's notification service. */
export class NotificationAnnouncements implements Announcements {
  readonly #notifications: NotificationService;
  readonly #databases: DatabaseCatalog;
  readonly #operators: readonly string[];
  readonly #onceKeys: OnceKeys;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly notifications: NotificationService;
    readonly databases: DatabaseCatalog;
    /** Who is told of what belongs to no database. */
    readonly operators: readonly string[];
    readonly onceKeys: OnceKeys;
    readonly logger: LoggerService;
  }) {
    this.#notifications = options.notifications;
    this.#databases = options.databases;
    this.#operators = options.operators;
    this.#onceKeys = options.onceKeys;
    this.#logger = options.logger;
  }

  async announce(announcement: Announcement): Promise<boolean> {
    try {
      await this.#announce(announcement);
      return true;
    } catch (thrown) {
      this.#logger.warn(
        `Nobody was notified that '${announcement.title}': ${toError(thrown).message}`,
      );
      return false;
    }
  }

  async #announce(announcement: Announcement): Promise<void> {
    const recipients = recipientsOf(announcement, {
      database: this.#databases.get(announcement.databaseId ?? ''),
      operators: this.#operators,
    });
    if (recipients.length === 0) {
      this.#logger.info(
        `Nobody was notified that '${announcement.title}': ${announcement.databaseId ? `the owner of database '${announcement.databaseId}' is not known` : 'databaseOps.operators names nobody'}.`,
      );
      return;
    }
    const { onceKey } = announcement;
    if (onceKey && !(await this.#onceKeys.take(onceKey))) {
      return;
    }
    try {
      await this.#notifications.send({
        recipients: { type: 'entity', entityRef: [...recipients] },
        payload: payloadOf(announcement),
      });
    } catch (thrown) {
      // Not told: the next time it is announced it must be tried again.
      if (onceKey) {
        await this.#onceKeys.giveBack(onceKey);
      }
      throw thrown;
    }
  }
}

function payloadOf(announcement: Announcement): NotificationPayload {
  const { databaseId, operationId, title, description } = announcement;
  const page = databaseId
    ? `/database-ops/databases/${databaseId}`
    : '/database-ops';
  return {
    title,
    description,
    link:
      announcement.link ??
      (operationId ? `/database-ops/operations/${operationId}` : page),
    severity: SEVERITIES[announcement.event],
    topic: TOPIC,
    scope: `database-ops:${announcement.scope}`,
  };
}
