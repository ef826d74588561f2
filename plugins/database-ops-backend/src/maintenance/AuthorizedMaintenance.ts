import { NotFoundError } from '@backstage/errors';
import {
  DatabaseOpsSignal,
  MaintenanceMode,
  databaseOpsPausePermission,
  databaseReadPermission,
} from 'backstage-plugin-database-ops-common';
import { AuditLog } from '../audit/AuditLog';
import { DatabaseCatalog } from '../databases/types';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
} from '../permissions/DatabaseAuthorizer';
import { Guard, assertMayRun, refuse } from '../permissions/assertMayRun';
import { GLOBAL_SCOPE, MaintenanceModes } from './MaintenanceModes';

/** The kind that a service must be named for to pause a database's queue. */
const SERVICE_KIND = 'maintain';

/** Maintenance modes as a caller may see and change them; every attempt is audited. */
export class AuthorizedMaintenance {
  readonly #modes: MaintenanceModes;
  readonly #databases: DatabaseCatalog;
  readonly #authorizer: DatabaseAuthorizer;
  readonly #audit: AuditLog;
  readonly #guard: Guard;
  readonly #publish: (signal: DatabaseOpsSignal) => void;
  readonly #wake: () => void;

  constructor(options: {
    readonly modes: MaintenanceModes;
    readonly databases: DatabaseCatalog;
    readonly authorizer: DatabaseAuthorizer;
    readonly audit: AuditLog;
    readonly publish: (signal: DatabaseOpsSignal) => void;
    /** Looks at the queue. */
    readonly wake: () => void;
  }) {
    this.#modes = options.modes;
    this.#databases = options.databases;
    this.#authorizer = options.authorizer;
    this.#audit = options.audit;
    this.#guard = options;
    this.#publish = options.publish;
    this.#wake = options.wake;
  }

  /** The global one and those of databases that the caller may read. */
  async list(caller: Caller): Promise<readonly MaintenanceMode[]> {
    const readable = await this.#authorizer.allowed(
      caller,
      databaseReadPermission,
    );
    return (await this.#modes.list()).filter(({ scope }) => {
      const database = this.#databases.get(scope);
      return database ? readable.allows(database) : scope === GLOBAL_SCOPE;
    });
  }

  /** Pauses the queue of a scope; one that is paused gets the new reason and end. */
  async start(
    caller: Caller,
    wanted: Pick<MaintenanceMode, 'scope' | 'reason' | 'until'>,
  ): Promise<MaintenanceMode> {
    const { scope } = wanted;
    await this.#assertMayChange(caller, scope, 'maintenance.start');
    const actor = actorOf(caller);
    const mode = await this.#audit.record(async trx => {
      const started = await this.#modes.start(trx, {
        ...wanted,
        startedBy: actor,
      });
      return {
        value: started,
        entry: {
          actor,
          action: 'maintenance.start',
          databaseId: databaseIdOf(scope),
          outcome: 'succeeded' as const,
          sentence: `${actor} paused the queue of ${nameOf(scope)} until ${started.until}: ${started.reason}`,
          details: { scope, reason: started.reason, until: started.until },
        },
      };
    });
    this.#publish({ type: 'maintenance', databaseId: scope });
    return mode;
  }

  /** Resumes the queue of a scope; one that runs goes on. */
  async end(
    caller: Caller,
    scope: string,
  ): Promise<readonly MaintenanceMode[]> {
    await this.#assertMayChange(caller, scope, 'maintenance.end');
    const actor = actorOf(caller);
    await this.#audit.record(async trx => {
      const ended = await this.#modes.end(trx, scope);
      return {
        value: undefined,
        entry: ended && {
          actor,
          action: 'maintenance.end',
          databaseId: databaseIdOf(scope),
          outcome: 'succeeded' as const,
          sentence: `${actor} resumed the queue of ${nameOf(scope)}, which was paused until ${ended.until}.`,
          details: { scope, reason: ended.reason, until: ended.until },
        },
      };
    });
    this.#publish({ type: 'maintenance', databaseId: scope });
    this.#wake();
    return this.list(caller);
  }

  async #assertMayChange(
    caller: Caller,
    scope: string,
    action: string,
  ): Promise<void> {
    const attempt = {
      action,
      databaseId: databaseIdOf(scope),
      what: `change the maintenance mode of ${nameOf(scope)}`,
      details: { scope },
    };
    if (scope !== GLOBAL_SCOPE) {
      await assertMayRun(this.#guard, caller, {
        ...attempt,
        kind: SERVICE_KIND,
      });
      if (!this.#databases.get(scope)) {
        throw new NotFoundError(
          `There is no database '${scope}'; give the id of one, or '${GLOBAL_SCOPE}' for all.`,
        );
      }
    } else if (!(await this.#authorizer.mayPauseAll(caller))) {
      await refuse(this.#audit, caller, attempt, globalRefusal(caller));
    }
  }
}

function databaseIdOf(scope: string): string | undefined {
  return scope === GLOBAL_SCOPE ? undefined : scope;
}

function nameOf(scope: string): string {
  return scope === GLOBAL_SCOPE ? 'all databases' : `database '${scope}'`;
}

function globalRefusal({ principal }: Caller): string {
  return principal.type === 'service'
    ? 'No service may pause the queue of all databases; databaseOps.services names databases only. A person must do it.'
    : `You may not pause the queue of all databases; ask an administrator for the permission '${databaseOpsPausePermission.name}'.`;
}
