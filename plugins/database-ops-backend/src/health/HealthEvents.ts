import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { HealthEvent } from 'backstage-plugin-database-ops-node';
import { AuditLog } from '../audit/AuditLog';
import { ManagedDatabase } from '../databases/types';
import { Announcements } from '../notify/Announcements';

/** Takes what happened to a database between two health reports. */
export interface HealthEventSink {
  /** Never throws: a report is kept whatever becomes of its events. */
  record(database: ManagedDatabase, event: HealthEvent): Promise<void>;
}

/** Who writes history when nobody asked for anything. */
const ACTOR = 'service:database-ops';

/** Writes them into the audit history with both sides, and tells people of a failover. */
export class HealthEvents implements HealthEventSink {
  readonly #audit: Pick<AuditLog, 'append'>;
  readonly #announcements: Announcements;
  readonly #logger: LoggerService;

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
    { id, title }: ManagedDatabase,
    { kind, member, sentence, before, after }: HealthEvent,
  ): Promise<void> {
    try {
      await this.#audit.append({
        actor: ACTOR,
        action: `health.${kind}`,
        databaseId: id,
        outcome: 'succeeded',
        sentence: `${sentence}.`,
        details: { member, before, after },
      });
    } catch (thrown) {
      this.#logger.error(
        `That ${sentence} could not be written to the audit history of '${id}': ${toError(thrown).message}`,
      );
    }
    if (kind === 'failover') {
      await this.#announcements.announce({
        event: 'failover',
        databaseId: id,
        title: `Failover of ${title}`,
        description: `${sentence}. Check that backups, standbys and whatever names the primary follow it.`,
        scope: `${id}:failover`,
      });
    }
  }
}
