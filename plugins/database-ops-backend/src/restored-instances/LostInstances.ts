// Restored instances whose host is gone: people give them up, and are told that they are there.
import { UserInfoService } from '@backstage/backend-plugin-api';
import {
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import {
  DatabaseOpsSignal,
  isFinalOperationState,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { PeopleDirectory } from '../approvals/PeopleDirectory';
import { ruleFor } from '../approvals/rules';
import { SecondPerson } from '../approvals/SecondPerson';
import { AuditLog } from '../audit/AuditLog';
import { DatabaseCatalog } from '../databases/types';
import { modeOfInstance } from '../operations/requests/judgeDiscard';
import { OperationStore } from '../operations/OperationStore';
import { Guard, assertMayRun } from '../permissions/assertMayRun';
import {
  actorOf,
  Caller,
  DatabaseAuthorizer,
} from '../permissions/DatabaseAuthorizer';
import { RestoredInstanceStore } from './RestoredInstanceStore';

const ACTION = 'restored-instance.forget';

/** Why somebody gives an instance up. */
export interface Forgetting {
  readonly reason: string;
  /** The name of the database, for one in the place of its source. */
  readonly confirmation?: string;
}

/**
 * Gives up what nobody can discard, because only its host could. Nothing is
 * removed: what its restore wrote may still lie there. What it kept in the
 * repository goes by the rules of retention from then on.
 */
export class LostInstances {
  readonly #instances: RestoredInstanceStore;
  readonly #operations: OperationStore;
  readonly #databases: DatabaseCatalog;
  readonly #guard: Guard;
  readonly #audit: AuditLog;
  readonly #second: SecondPerson;
  readonly #publish: (signal: DatabaseOpsSignal) => void;

  constructor(options: {
    readonly instances: RestoredInstanceStore;
    readonly operations: OperationStore;
    readonly databases: DatabaseCatalog;
    readonly authorizer: DatabaseAuthorizer;
    readonly audit: AuditLog;
    readonly people: PeopleDirectory;
    readonly userInfo: UserInfoService;
    readonly publish: (signal: DatabaseOpsSignal) => void;
  }) {
    this.#instances = options.instances;
    this.#operations = options.operations;
    this.#databases = options.databases;
    this.#guard = options;
    this.#audit = options.audit;
    this.#second = new SecondPerson(options);
    this.#publish = options.publish;
  }

  /** @throws NotAllowedError, NotFoundError, InputError or ConflictError with what to do instead. */
  async forget(
    caller: Caller,
    id: string,
    { reason, confirmation }: Forgetting,
  ): Promise<RestoredInstance> {
    const instance = await this.#instances.get(id);
    await assertMayRun(this.#guard, caller, {
      action: ACTION,
      databaseId: instance?.databaseId,
      what: `give up restored instance '${id}'`,
      kind: 'discard',
    });
    if (!instance) {
      throw new NotFoundError(
        `There is no restored instance '${id}'; list those of its database.`,
      );
    }
    const { databaseId, host, directory, mode } = instance;
    if (mode === 'in-place' && confirmation !== databaseId) {
      throw new InputError(
        `Restored instance '${id}' took the place of its source: type the name of the database, '${databaseId}', as confirmation to give it up.`,
      );
    }
    await this.#assertUnused(instance);
    await this.#assertSecond(caller, instance);
    const actor = actorOf(caller);
    const sentence = `${actor} gave up restored instance ${id} of database '${databaseId}': ${reason} Its files were not removed and may still lie ${directory ? `in ${directory} ` : ''}on ${host}.`;
    await this.#audit.record(async trx => {
      if (!(await this.#instances.forget(trx, id, sentence))) {
        throw new ConflictError(
          `Restored instance '${id}' is ${instance.state}; only one that is lost can be given up. Discard it instead.`,
        );
      }
      return {
        value: undefined,
        entry: {
          actor,
          action: ACTION,
          databaseId,
          operationId: instance.operationId,
          outcome: 'succeeded',
          sentence,
          details: { restoredInstanceId: id, reason, host },
        },
      };
    });
    this.#publish({ type: 'backups', databaseId });
    return (await this.#instances.get(id)) ?? instance;
  }

  /** A discard that waits for the host may still find it. */
  async #assertUnused(instance: RestoredInstance): Promise<void> {
    const operations = await this.#instances.listOperations(instance);
    const active = operations.find(
      ({ state }) => !isFinalOperationState(state),
    );
    if (active) {
      throw new ConflictError(
        `Restored instance '${instance.id}' is about to be changed by the ${active.kind} ${active.id}, which is ${active.state}; cancel it first.`,
      );
    }
  }

  /** Where the policy wants two people for a discard: an approver, who did not restore it. */
  async #assertSecond(
    caller: Caller,
    instance: RestoredInstance,
  ): Promise<void> {
    const { databaseId, operationId } = instance;
    const rule = ruleFor(this.#databases.get(databaseId), {
      kind: 'discard',
      parameters: modeOfInstance(instance),
      requestedBy: actorOf(caller),
    });
    if (!rule) {
      return;
    }
    const restore = await this.#operations.get(operationId);
    const { refusal } = await this.#second.mayApprove(caller, {
      databaseId,
      approvers: rule.approvers,
      requestedBy: [restore?.requestedBy ?? 'unknown'],
    });
    if (refusal) {
      await this.#audit.append({
        actor: actorOf(caller),
        action: ACTION,
        databaseId,
        operationId,
        outcome: 'denied',
        sentence: `${actorOf(caller)} tried to give up restored instance ${instance.id} of database '${databaseId}'. ${refusal}`,
      });
      throw new NotAllowedError(refusal);
    }
  }
}
