import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { SignalsService } from '@backstage/plugin-signals-node';
import {
  DATABASE_OPS_SIGNAL_CHANNEL,
  DatabaseOpsSignal,
  Operation,
} from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog } from '../databases/types';

/**
 * Tells browsers that something changed and owners what went wrong. Neither
 * may hold up or fail an operation, and a portal without notifications or
 * signals is a whole portal.
 */
export class OperationAnnouncer {
  readonly #signals: SignalsService;
  readonly #notifications: NotificationService;
  readonly #databases: DatabaseCatalog;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly signals: SignalsService;
    readonly notifications: NotificationService;
    readonly databases: DatabaseCatalog;
    readonly logger: LoggerService;
  }) {
    this.#signals = options.signals;
    this.#notifications = options.notifications;
    this.#databases = options.databases;
    this.#logger = options.logger;
  }

  publish(message: DatabaseOpsSignal): void {
    this.#signals
      .publish({
        recipients: { type: 'broadcast' },
        channel: DATABASE_OPS_SIGNAL_CHANNEL,
        message,
      })
      .catch(error =>
        this.#logger.debug(`A signal was not published: ${error}`),
      );
  }

  changed(operation: Operation): void {
    this.publish({
      type: 'operation',
      operationId: operation.id,
      databaseId: operation.databaseId,
      version: operation.version,
    });
  }

  async ended(operation: Operation): Promise<void> {
    this.changed(operation);
    if (operation.state === 'succeeded') {
      this.publish({ type: 'backups', databaseId: operation.databaseId });
    }
    if (operation.state === 'failed' || operation.state === 'interrupted') {
      await this.#notifyOwner(operation);
    }
  }

  async #notifyOwner(operation: Operation): Promise<void> {
    const database = this.#databases.get(operation.databaseId);
    if (!database?.owner) {
      this.#logger.info(
        `Nobody was notified of operation ${operation.id}: the owner of database '${operation.databaseId}' is not known.`,
      );
      return;
    }
    try {
      await this.#notifications.send({
        recipients: { type: 'entity', entityRef: database.owner },
        payload: {
          title: `${operation.kind} of ${database.title} ${operation.state === 'failed' ? 'failed' : 'was interrupted'}`,
          description: operation.failure
            ? `${operation.failure.cause} ${operation.failure.nextStep}`
            : undefined,
          link: `/database-ops/operations/${operation.id}`,
          severity: 'high',
          topic: 'database-ops',
          // One unread notification per database and kind, however often it fails.
          scope: `database-ops:${operation.databaseId}:${operation.kind}`,
        },
      });
    } catch (error) {
      assertError(error);
      this.#logger.warn(
        `The owner of database '${operation.databaseId}' was not notified of operation ${operation.id}: ${error.message}`,
      );
    }
  }
}
