import { LoggerService } from '@backstage/backend-plugin-api';
import { NotAllowedError, toError } from '@backstage/errors';
import {
  SessionCancellation,
  SessionList,
  StatementList,
} from 'backstage-plugin-database-ops-common';
import { EngineInsight } from 'backstage-plugin-database-ops-node';
import { AuditLog } from '../audit/AuditLog';
import { AuthorizedDatabases } from '../databases/AuthorizedDatabases';
import { ManagedDatabase, ReadyDatabase, isReady } from '../databases/types';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { Guard, assertMayRun } from '../permissions/assertMayRun';
import { withinTime } from './withinTime';

const TIMEOUT_SECONDS = 15;
const DEFAULT_LIMIT = 20;
const ACTION = 'session.cancel';
/** The kind that a service must be named for to cancel what sessions run. */
const SERVICE_KIND = 'maintain';

interface Insightful {
  readonly database: ReadyDatabase;
  readonly insight: EngineInsight<unknown>;
}

/** What a database runs, as a caller may see it; cancelling is audited whatever comes of it. */
export class InsightService {
  readonly #databases: AuthorizedDatabases;
  readonly #guard: Guard;
  readonly #audit: AuditLog;
  readonly #logger: LoggerService;

  constructor(options: {
    readonly authorized: AuthorizedDatabases;
    readonly authorizer: DatabaseAuthorizer;
    readonly audit: AuditLog;
    readonly logger: LoggerService;
  }) {
    this.#databases = options.authorized;
    this.#guard = options;
    this.#audit = options.audit;
    this.#logger = options.logger;
  }

  async statements(
    caller: Caller,
    databaseId: string,
    limit = DEFAULT_LIMIT,
  ): Promise<StatementList> {
    const found = insightOf(await this.#databases.readable(caller, databaseId));
    return typeof found === 'string'
      ? { state: 'unavailable', sentence: found, items: [] }
      : withinTime(TIMEOUT_SECONDS, found.database.title, signal =>
          found.insight.statements(
            found.database.definition,
            { limit },
            { logger: this.#logger, signal },
          ),
        );
  }

  async sessions(caller: Caller, databaseId: string): Promise<SessionList> {
    const found = insightOf(await this.#databases.readable(caller, databaseId));
    return typeof found === 'string'
      ? { state: 'unavailable', sentence: found, items: [] }
      : withinTime(TIMEOUT_SECONDS, found.database.title, signal =>
          found.insight.sessions(found.database.definition, {
            logger: this.#logger,
            signal,
          }),
        );
  }

  /** @throws NotAllowedError, and whatever the engine says why it was not cancelled. */
  async cancel(
    caller: Caller,
    target: {
      readonly databaseId: string;
      readonly sessionId: string;
      readonly reason: string;
      readonly startedAt?: string;
    },
  ): Promise<SessionCancellation> {
    const { databaseId, sessionId, reason, startedAt } = target;
    const actor = actorOf(caller);
    const tell = (
      outcome: 'accepted' | 'succeeded' | 'failed',
      sentence: string,
    ) =>
      this.#audit.append({
        actor,
        action: ACTION,
        databaseId,
        outcome,
        sentence,
        details: { sessionId, reason },
      });
    await assertMayRun(this.#guard, caller, {
      action: ACTION,
      databaseId,
      what: `cancel session ${sessionId} of database '${databaseId}'`,
      kind: SERVICE_KIND,
      details: { sessionId, reason },
    });
    const found = insightOf(await this.#databases.readable(caller, databaseId));
    if (typeof found === 'string') {
      throw new NotAllowedError(found);
    }
    await tell(
      'accepted',
      `${actor} asked to cancel what session ${sessionId} of database '${databaseId}' runs: ${reason}`,
    );
    try {
      const cancelled = await withinTime(
        TIMEOUT_SECONDS,
        found.database.title,
        signal =>
          found.insight.cancelSession(
            found.database.definition,
            { sessionId, startedAt },
            { logger: this.#logger, signal },
          ),
      );
      await tell(
        cancelled.outcome === 'cancelled' ? 'succeeded' : 'failed',
        cancelled.sentence,
      );
      return cancelled;
    } catch (error) {
      await tell('failed', toError(error).message);
      throw error;
    }
  }
}

/** What looks into the database, or why nothing does. */
function insightOf(database: ManagedDatabase): Insightful | string {
  if (!isReady(database)) {
    return `Database '${database.id}' is quarantined: ${database.quarantine.path}: ${database.quarantine.message}`;
  }
  const { insight } = database.engine.engine.observe;
  return insight
    ? { database, insight }
    : `Engine '${database.engineKind}' does not show what runs.`;
}
