import { LoggerService } from '@backstage/backend-plugin-api';
import {
  ConflictError,
  NotAllowedError,
  NotFoundError,
  toError,
} from '@backstage/errors';
import {
  QueryResult,
  RestoredInstance,
  databaseQueryPermission,
} from 'backstage-plugin-database-ops-common';
import { AuditLog } from '../audit/AuditLog';
import { DatabaseCatalog, isReady } from '../databases/types';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { withinTime } from './withinTime';

const ACTION = 'restored-instance.query';
/** Above the longest time-out that an engine's configuration may set. */
const TIMEOUT_SECONDS = 130;

/**
 * One read-only statement on a paused copy, for people only. Each stands in
 * the audit history before it runs, and again with what came of it.
 */
export class QueryBox {
  readonly #instances: RestoredInstanceStore;
  readonly #databases: DatabaseCatalog;
  readonly #authorizer: DatabaseAuthorizer;
  readonly #audit: AuditLog;
  readonly #logger: LoggerService;
  readonly #host: string;

  constructor(options: {
    readonly instances: RestoredInstanceStore;
    readonly databases: DatabaseCatalog;
    readonly authorizer: DatabaseAuthorizer;
    readonly audit: AuditLog;
    readonly logger: LoggerService;
    /** Of this process: copies of other hosts cannot be reached from it. */
    readonly host: string;
  }) {
    this.#instances = options.instances;
    this.#databases = options.databases;
    this.#authorizer = options.authorizer;
    this.#audit = options.audit;
    this.#logger = options.logger;
    this.#host = options.host;
  }

  async run(
    caller: Caller,
    restoredInstanceId: string,
    statement: string,
  ): Promise<QueryResult> {
    const actor = actorOf(caller);
    const instance = await this.#instances.get(restoredInstanceId);
    const databaseId = instance?.databaseId;
    const tell = (
      outcome: 'accepted' | 'succeeded' | 'failed' | 'denied',
      sentence: string,
    ) =>
      this.#audit.append({
        actor,
        action: ACTION,
        databaseId,
        outcome,
        sentence,
        details: { restoredInstanceId, statement },
      });
    if (!(await this.#may(caller, databaseId))) {
      await tell(
        'denied',
        `${actor} tried to read restored instance ${restoredInstanceId} without permission.`,
      );
      throw new NotAllowedError(refusal(caller, restoredInstanceId));
    }
    if (!instance) {
      throw new NotFoundError(
        `There is no restored instance '${restoredInstanceId}'; list those of its database.`,
      );
    }
    await tell(
      'accepted',
      `${actor} reads restored instance ${restoredInstanceId} of database '${instance.databaseId}'.`,
    );
    try {
      const result = await this.#ask(instance, statement);
      await tell('succeeded', result.sentence);
      return result;
    } catch (error) {
      await tell('failed', toError(error).message);
      throw error;
    }
  }

  /** People only: what a service reads, nobody looked at. */
  async #may(caller: Caller, databaseId: string | undefined): Promise<boolean> {
    return (
      caller.principal.type === 'user' &&
      this.#authorizer.may(caller, databaseQueryPermission, databaseId ?? '')
    );
  }

  async #ask(
    instance: RestoredInstance,
    statement: string,
  ): Promise<QueryResult> {
    const database = this.#databases.get(instance.databaseId);
    if (!database || !isReady(database)) {
      throw new ConflictError(
        `Database '${instance.databaseId}' of restored instance '${instance.id}' is not configured, or quarantined; correct its configuration.`,
      );
    }
    const { engine } = database.engine;
    const { queryRestored } = engine.observe;
    if (
      !queryRestored ||
      !engine.describe.capabilities(database.definition.config).queryBox
    ) {
      throw new ConflictError(
        `Restored copies of database '${database.id}' answer no statements; configure a role for it, as the documentation of its engine says.`,
      );
    }
    if (instance.state !== 'paused') {
      throw new ConflictError(
        `Restored instance '${instance.id}' is ${instance.state}; only one that is paused at its target answers statements.`,
      );
    }
    if (instance.host !== this.#host) {
      throw new ConflictError(
        `Restored instance '${instance.id}' is on host '${instance.host}' and this portal process runs on '${this.#host}'; ask again until the process on that host answers, or connect there.`,
      );
    }
    return withinTime(TIMEOUT_SECONDS, `Instance '${instance.id}'`, signal =>
      queryRestored(database.definition, instance, statement, {
        logger: this.#logger,
        signal,
      }),
    );
  }
}

function refusal({ principal }: Caller, id: string): string {
  return principal.type === 'service'
    ? `Service '${principal.subject}' may not read restored instances: databaseOps.services grants operations only. A person must do it.`
    : `You may not read restored instance '${id}'; ask the owner of its database for the permission '${databaseQueryPermission.name}'.`;
}
