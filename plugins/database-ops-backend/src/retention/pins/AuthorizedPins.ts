import { randomUUID } from 'node:crypto';
import { UserInfoService } from '@backstage/backend-plugin-api';
import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  databaseReadPermission,
  DatabaseOpsSignal,
  Pin,
  PinRequest,
} from 'backstage-plugin-database-ops-common';
import { isPinActive } from 'backstage-plugin-database-ops-node';
import { PeopleDirectory } from '../../approvals/PeopleDirectory';
import { ruleFor } from '../../approvals/rules';
import { SecondPerson } from '../../approvals/SecondPerson';
import { AuditLog } from '../../audit/AuditLog';
import { AuditEntry } from '../../audit/chain';
import { BackupStore } from '../../backups/BackupStore';
import { DatabaseCatalog, isReady } from '../../databases/types';
import {
  actorOf,
  Caller,
  DatabaseAuthorizer,
} from '../../permissions/DatabaseAuthorizer';
import { Guard, assertMayRun } from '../../permissions/assertMayRun';
import {
  findRepository,
  repositoryIdOf,
} from '../../repositories/repositoriesOf';
import { OpenStore } from '../../reconciliation/Reconciler';
import { Rivals } from '../Rivals';
import { ENDED_ACTION, PinEnds, WANTED_ACTION } from './PinEnds';
import { PinKeeper } from './PinKeeper';
import { PinStore } from './PinStore';
import { SecondPersonWantedError } from './SecondPersonWantedError';

/** Pins as a caller may see and change them; every attempt is audited. */
export class AuthorizedPins {
  readonly #databases: DatabaseCatalog;
  readonly #pins: PinStore;
  readonly #keeper: PinKeeper;
  readonly #backups: BackupStore;
  readonly #rivals: Rivals;
  readonly #authorizer: DatabaseAuthorizer;
  readonly #audit: AuditLog;
  readonly #guard: Guard;
  readonly #openStore: OpenStore;
  readonly #second: SecondPerson;
  readonly #ends: PinEnds;
  readonly #publish: (signal: DatabaseOpsSignal) => void;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly pins: PinStore;
    readonly keeper: PinKeeper;
    readonly backups: BackupStore;
    readonly rivals: Rivals;
    readonly authorizer: DatabaseAuthorizer;
    readonly people: PeopleDirectory;
    readonly userInfo: UserInfoService;
    readonly ends: PinEnds;
    readonly audit: AuditLog;
    readonly openStore: OpenStore;
    readonly publish: (signal: DatabaseOpsSignal) => void;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#pins = options.pins;
    this.#keeper = options.keeper;
    this.#backups = options.backups;
    this.#rivals = options.rivals;
    this.#authorizer = options.authorizer;
    this.#audit = options.audit;
    this.#guard = options;
    this.#openStore = options.openStore;
    this.#second = new SecondPerson(options);
    this.#ends = options.ends;
    this.#publish = options.publish;
    this.#clock = options.clock;
  }

  /** Newest first, the ended ones too. */
  async list(caller: Caller, databaseId: string): Promise<readonly Pin[]> {
    await this.#authorizer.assertAllowed(
      caller,
      databaseReadPermission,
      databaseId,
    );
    return this.#pins.list(databaseId);
  }

  /** Backups that a pin keeps now. */
  async pinnedBackups(
    caller: Caller,
    databaseId: string,
  ): Promise<ReadonlySet<string>> {
    const now = this.#clock();
    const pins = await this.list(caller, databaseId);
    return new Set(
      pins.filter(pin => isPinActive(pin, now)).map(pin => pin.backupId),
    );
  }

  /** @throws ConflictError while the backup is being removed, InputError when there is no such backup. */
  async create(
    caller: Caller,
    databaseId: string,
    wanted: PinRequest,
  ): Promise<Pin> {
    const actor = actorOf(caller);
    await this.#assertMay(caller, databaseId, 'pin.create');
    const { reason, until, backupId, legalHold = false } = wanted;
    const backup = await this.#backups.get(databaseId, backupId);
    if (!backup || backup.state === 'missing') {
      throw new InputError(
        `Database '${databaseId}' has no backup '${backupId}' to pin; choose one of its list.`,
      );
    }
    const pin: Pin = {
      id: randomUUID(),
      databaseId,
      backupId,
      reason,
      legalHold,
      ...(until === undefined
        ? {}
        : { until: this.#endOf(until, legalHold).toISOString() }),
      createdBy: actor,
      createdAt: this.#clock().toISOString(),
    };
    const words = legalHold ? 'put under legal hold' : 'pinned';
    await this.#change(
      pin,
      {
        actor,
        action: 'pin.create',
        databaseId,
        outcome: 'succeeded',
        sentence: `${actor} ${words} backup '${backupId}' of database '${databaseId}'${pin.until ? ` until ${pin.until}` : ''}: ${reason}`,
        details: { pinId: pin.id, backupId, reason, legalHold },
      },
      backup.chain,
    );
    return pin;
  }

  /**
   * Idempotent.
   *
   * @throws NotFoundError when the database has no such pin,
   * SecondPersonWantedError when a second person has to end it too.
   */
  async end(caller: Caller, databaseId: string, pinId: string): Promise<Pin> {
    await this.#assertMay(caller, databaseId, 'pin.end');
    const pin = await this.#pins.get(pinId);
    if (pin?.databaseId !== databaseId) {
      throw new NotFoundError(
        `Database '${databaseId}' has no pin '${pinId}'; list its pins for their ids.`,
      );
    }
    if (!isPinActive(pin, this.#clock())) {
      return pin;
    }
    const actor = actorOf(caller);
    const wantedBy = await this.#assertSecond(caller, pin);
    const ended: Pin = {
      ...pin,
      endedBy: actor,
      endedAt: this.#clock().toISOString(),
    };
    await this.#change(ended, {
      actor,
      action: ENDED_ACTION,
      databaseId,
      outcome: 'succeeded',
      sentence: `${actor} ended the ${pin.legalHold ? 'legal hold' : 'pin'} of backup '${pin.backupId}' of database '${databaseId}', which ${pin.createdBy} had set: ${pin.reason}`,
      details: {
        pinId,
        backupId: pin.backupId,
        legalHold: pin.legalHold,
        ...(wantedBy && { wantedBy: [...wantedBy] }),
      },
    });
    return ended;
  }

  /**
   * Where the policy wants a second person for an expire, it wants one for the
   * end of what an expire may not remove: the schedule would remove it next.
   *
   * @returns who wanted it before, where somebody had to
   * @throws SecondPersonWantedError once it is written down that the caller wants it
   */
  async #assertSecond(
    caller: Caller,
    pin: Pin,
  ): Promise<readonly string[] | undefined> {
    const { databaseId, id, legalHold, backupId } = pin;
    const actor = actorOf(caller);
    const rule = ruleFor(this.#databases.get(databaseId), {
      kind: 'expire',
      parameters: {},
      requestedBy: actor,
    });
    if (!rule) {
      return undefined;
    }
    const since = this.#clock().getTime() - rule.expiresAfterSeconds * 1000;
    const requestedBy = await this.#ends.wantedBy(pin, new Date(since));
    const { refusal } = await this.#second.mayApprove(caller, {
      databaseId,
      approvers: rule.approvers,
      requestedBy,
    });
    if (!refusal) {
      return requestedBy;
    }
    const what = `the ${legalHold ? 'legal hold' : 'pin'} of backup '${backupId}' of database '${databaseId}'`;
    await this.#audit.append({
      actor,
      action: WANTED_ACTION,
      databaseId,
      outcome: 'accepted',
      sentence: `${actor} wants to end ${what}, which needs a second person.`,
      details: { pinId: id, backupId, legalHold },
    });
    throw new SecondPersonWantedError(
      `The policy wants a second person to end ${what}. That you want it is written down; it ends when one of ${rule.approvers.join(', ')} who is not you ends it too, before ${new Date(this.#clock().getTime() + rule.expiresAfterSeconds * 1000).toISOString()}.`,
    );
  }

  /**
   * In the table with its audit event, then in the repository: a pin that only
   * one of them has is completed by reconciliation.
   *
   * @param backupIds - what it promises to keep, in whichever repository
   * @throws ConflictError while one of them is being removed
   */
  async #change(
    pin: Pin,
    entry: AuditEntry,
    backupIds: readonly string[] = [],
  ): Promise<void> {
    const { database, repository } = await this.#placeOf(pin);
    const store = await this.#openStore(repository);
    try {
      // An unreachable repository is known before anything is promised.
      await this.#keeper.reconcile(store, pin.databaseId);
      await this.#audit.record(async trx => {
        await this.#pins.put(trx, pin);
        await this.#rivals.assertStays(trx, database, { backupIds });
        return { value: undefined, entry };
      });
      await this.#keeper.reconcile(store, pin.databaseId);
    } finally {
      store.close();
    }
    this.#publish({ type: 'backups', databaseId: pin.databaseId });
  }

  #endOf(until: string, legalHold: boolean): Date {
    const end = new Date(until);
    if (legalHold) {
      throw new InputError(
        'A legal hold has no end; leave out until, or make it a pin.',
      );
    }
    if (Number.isNaN(end.getTime()) || end <= this.#clock()) {
      throw new InputError(
        `The end of a pin is '${until}'; give a time in the future such as 2027-01-31T00:00:00Z.`,
      );
    }
    return end;
  }

  /** The one that holds the backup; reconciliation takes the pin to the others. */
  async #placeOf({ databaseId, backupId }: Pin) {
    const database = this.#databases.get(databaseId);
    if (!database || !isReady(database) || !database.repository) {
      throw new ConflictError(
        `Database '${databaseId}' has no repository that can be used; nothing of it can be pinned.`,
      );
    }
    const backup = await this.#backups.get(databaseId, backupId);
    const repository = findRepository(
      database,
      repositoryIdOf(database, backup?.repositoryId),
    );
    return { database, repository };
  }

  async #assertMay(
    caller: Caller,
    databaseId: string,
    action: string,
  ): Promise<void> {
    await assertMayRun(this.#guard, caller, {
      action,
      databaseId,
      what: `change pins of database '${databaseId}'`,
      // A service must be named for the kind that pins hold back.
      kind: 'expire',
    });
  }
}
