import { LoggerService } from '@backstage/backend-plugin-api';
import { SignalsService } from '@backstage/plugin-signals-node';
import {
  DATABASE_OPS_SIGNAL_CHANNEL,
  DatabaseOpsSignal,
  Operation,
  OperationKind,
  Proof,
} from 'backstage-plugin-database-ops-common';
import { z } from 'zod';
import { DatabaseCatalog } from '../databases/types';
import { aKind } from '../operations/aKind';
import { NotificationEvent } from '../policies/notificationEvents';
import { Announcements } from './Announcements';

/** What an engine says of a server that it gave an archive and a full backup of its own. */
const protectedSchema = z.object({
  restoredInstance: z.object({
    facts: z.object({
      protection: z.literal('PROTECTED'),
      firstBackup: z.string().optional(),
      stanza: z.string().optional(),
    }),
  }),
});

function promotedNext({ parameters, result }: Operation): string {
  const parsed = protectedSchema.safeParse(result);
  if (!parsed.success) {
    return 'Nothing says that it is backed up: look whether it archives and has a full backup of its own.';
  }
  const { firstBackup, stanza } = parsed.data.restoredInstance.facts;
  const backup = `full backup${firstBackup ? ` ${firstBackup}` : ''}`;
  return parameters.mode === 'in-place'
    ? `It is backed up: the ${backup} was taken of it, and what was kept aside of its source is gone.`
    : `It is backed up: it archives${stanza ? ` to stanza ${stanza}` : ''} and has a ${backup} of its own. Configure it as a database, so that its schedules go on.`;
}

/** Successes that people wait for; others are seen on the page. */
const TOLD_SUCCESSES: Partial<
  Record<
    OperationKind,
    {
      readonly event: NotificationEvent;
      readonly next: (operation: Operation) => string;
    }
  >
> = {
  restore: {
    event: 'restored',
    next: () =>
      'Look at the restored instance, then promote or discard it before it expires.',
  },
  promote: {
    event: 'promoted',
    next: promotedNext,
  },
};

/**
 * Tells browsers that something changed and people how operations ended.
 * Neither may hold up or fail an operation, and a portal without notifications
 * or signals is a whole portal.
 */
export class OperationAnnouncer {
  readonly #signals: SignalsService;
  readonly #announcements: Announcements;
  readonly #databases: DatabaseCatalog;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly signals: SignalsService;
    readonly announcements: Announcements;
    readonly databases: DatabaseCatalog;
    readonly logger: LoggerService;
  }) {
    this.#signals = options.signals;
    this.#announcements = options.announcements;
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

  /** @param how - `isUnsettled` when its source may be stopped or kept aside now */
  async ended(
    operation: Operation,
    how: { readonly isUnsettled?: boolean } = {},
  ): Promise<void> {
    this.changed(operation);
    if (operation.state === 'succeeded') {
      this.publish({ type: 'backups', databaseId: operation.databaseId });
      await this.#succeeded(operation);
    }
    if (how.isUnsettled) {
      await this.#unsettled(operation);
    } else if (
      operation.state === 'failed' ||
      operation.state === 'interrupted'
    ) {
      await this.#failed(operation);
    }
  }

  /** Tells that a running operation has said nothing for too long, or takes too long. */
  async stuck(
    operation: Operation,
    told: { readonly sentence: string; readonly onceKey: string },
  ): Promise<void> {
    this.changed(operation);
    await this.#announcements.announce({
      event: 'stuck',
      ...subjectOf(operation),
      title: `${operation.kind} of ${this.#titleOf(operation)} seems to be stuck`,
      description: told.sentence,
      onceKey: told.onceKey,
    });
  }

  async #succeeded(operation: Operation): Promise<void> {
    if (operation.kind === 'verify') {
      await this.#verified(operation);
      return;
    }
    const told = TOLD_SUCCESSES[operation.kind];
    if (told) {
      await this.#announcements.announce({
        event: told.event,
        ...subjectOf(operation),
        title: `${operation.kind} of ${this.#titleOf(operation)} succeeded`,
        description: told.next(operation),
      });
    }
  }

  /** A verification that was carried out well may have found damage. */
  async #verified(operation: Operation): Promise<void> {
    const proof = operation.result?.proof as Partial<Proof> | undefined;
    if (proof?.state === 'proved') {
      return;
    }
    await this.#announcements.announce({
      event: 'proof-failed',
      ...subjectOf(operation),
      title: `${this.#titleOf(operation)} is not proved to be restorable`,
      description: `${proof?.sentence ?? 'The verification established nothing.'} Look at its checks, then take a new full backup and verify that.`,
    });
  }

  async #failed(operation: Operation): Promise<void> {
    const { failure, kind } = operation;
    await this.#announcements.announce({
      event: kind === 'verify' ? 'proof-failed' : 'failed',
      ...subjectOf(operation),
      title: `${kind} of ${this.#titleOf(operation)} ${operation.state === 'failed' ? 'failed' : 'was interrupted'}`,
      description: failure
        ? `${failure.cause} ${failure.nextStep}`
        : 'Read the log of the operation for its cause.',
    });
  }

  /** However it ended, also where a person cancelled it: nobody may think that all is as it was. */
  async #unsettled(operation: Operation): Promise<void> {
    const { failure, kind, state, id } = operation;
    await this.#announcements.announce({
      event: 'failed',
      ...subjectOf(operation),
      title: `${this.#titleOf(operation)} may be stopped after ${aKind(kind)} in place that ${state === 'failed' ? 'failed' : `was ${state}`}`,
      description: `${failure ? `${failure.cause} ` : ''}Discard restored instance ${id}, which puts the source back, or promote it where it runs.`,
    });
  }

  #titleOf({ databaseId }: Operation): string {
    return this.#databases.get(databaseId)?.title ?? databaseId;
  }
}

/** One unread notification per database and kind, however often it fails. */
function subjectOf({ id, databaseId, kind }: Operation) {
  return { databaseId, operationId: id, scope: `${databaseId}:${kind}` };
}
