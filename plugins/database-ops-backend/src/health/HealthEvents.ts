import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { HealthEvent } from 'backstage-plugin-database-ops-node';
import { AuditLog } from '../audit/AuditLog';
import { ManagedDatabase } from '../databases/types';
import { Announcements } from '../notify/Announcements';

/** Takes what happened to a database between two health reports. */
export interface HealthEventSink {
  /** Gives whether it is in the history. Never throws: a report is kept whatever becomes of its events. */
  record(database: ManagedDatabase, event: HealthEvent): Promise<boolean>;
}

/** Who writes history when nobody asked for anything. */
const ACTOR = 'service:database-ops';

/** Writes them into the audit history with both sides, and tells people of a failover. */
export class HealthEvents implements HealthEventSink {
  readonly #audit: Pick<AuditLog, 'append'>;
  readonly #announcements: Announcements;
  readonly #logger: LoggerService;
  /** What people were told of while it could not be written; it comes again until it is. */
  readonly #told = new Set<string>();

  constructor(options: {
    readonly audit: Pick<AuditLog, 'append'>;
    readonly announcements: Announcements;
    readonly logger: LoggerService;
  }) {
    this.#audit = options.audit;
    this.#announcements = options.announcements;
    this.#logger = options.logger;
  }

  async record(
    database: ManagedDatabase,
    event: HealthEvent,
  ): Promise<boolean> {
    const isWritten = await this.#write(database, event);
    const key = `${database.id}: ${event.sentence}`;
    if (event.kind === 'failover' && !this.#told.has(key)) {
      await this.#announce(database, event);
    }
    if (isWritten) {
      this.#told.delete(key);
    } else {
      this.#told.add(key);
    }
    return isWritten;
  }

  async #write(
    { id }: ManagedDatabase,
    { kind, member, sentence, before, after }: HealthEvent,
  ): Promise<boolean> {
    try {
      await this.#audit.append({
        actor: ACTOR,
        action: `health.${kind}`,
        databaseId: id,
        outcome: 'succeeded',
        sentence: `${sentence}.`,
        details: { member, before, after },
      });
      return true;
    } catch (thrown) {
      this.#logger.error(
        `That ${sentence} could not be written to the audit history of '${id}', it is tried again with the next check: ${toError(thrown).message}`,
      );
      return false;
    }
  }

  async #announce(
    { id, title }: ManagedDatabase,
    { sentence }: HealthEvent,
  ): Promise<void> {
    await this.#announcements.announce({
      event: 'failover',
      databaseId: id,
      title: `Failover of ${title}`,
      description: `${sentence}. Check that backups, standbys and whatever names the primary follow it.`,
      scope: `${id}:failover`,
    });
  }
}
