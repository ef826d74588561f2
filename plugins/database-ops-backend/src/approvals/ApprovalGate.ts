// Which operations wait for a second person, and whether one that begins to
// run is the one that was approved.
import { ConflictError, NotAllowedError, toError } from '@backstage/errors';
import { LoggerService } from '@backstage/backend-plugin-api';
import { JsonObject } from '@backstage/types';
import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { canonicalJson } from '../audit/chain';
import { BackupStore } from '../backups/BackupStore';
import { readJson } from '../database/json';
import { DatabaseCatalog, isReady } from '../databases/types';
import { aKind } from '../operations/aKind';
import { OperationRow } from '../operations/rows';
import { ValidRequest } from '../operations/requests/types';
import { ApprovalRule } from '../policies/types';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { ApprovalStore } from './ApprovalStore';
import { PeopleDirectory } from './PeopleDirectory';
import { changedTarget } from './changedTarget';
import { ResolvedRequest, resolveRequest } from './resolveRequest';
import { ruleFor } from './rules';
import { subjectHash } from './subject';
import { ApprovalSubject, StoredApproval } from './types';

/** So long what the catalog said when it was approved stands, when it does not answer. */
const CATALOG_AWAY_MINUTES = 15;

/** A request that a rule holds back, with everything in it named. */
export interface HeldRequest extends ResolvedRequest {
  readonly rule: ApprovalRule;
}

/** Holds requests back, and lets none run that was not approved as it is. */
export class ApprovalGate {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #logger: LoggerService;
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupStore;
  readonly #instances: RestoredInstanceStore;
  readonly #store: ApprovalStore;
  readonly #people: PeopleDirectory;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly logger: LoggerService;
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly instances: RestoredInstanceStore;
    readonly approvals: ApprovalStore;
    readonly people: PeopleDirectory;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#instances = options.instances;
    this.#store = options.approvals;
    this.#people = options.people;
  }

  /**
   * The request with everything in it named, when its database's policy wants
   * a second person for it.
   *
   * @throws InputError when what "latest" means now cannot be named.
   */
  async hold(
    request: ValidRequest,
    requestedBy: string,
  ): Promise<HeldRequest | undefined> {
    const database = this.#databases.get(request.databaseId);
    const rule = ruleFor(database, { ...request, requestedBy });
    if (!rule || !database || !isReady(database)) {
      return undefined;
    }
    const resolved = await resolveRequest(request, database, {
      backups: this.#backups,
      instances: this.#instances,
      logger: this.#logger,
    });
    return { ...resolved, rule };
  }

  /** Writes down what is to be approved, together with its operation. */
  async open(
    trx: Knex.Transaction,
    operation: Operation,
    { rule, parameters, target }: HeldRequest,
  ): Promise<void> {
    const subject: ApprovalSubject = {
      version: 1,
      operationId: operation.id,
      databaseId: operation.databaseId,
      kind: operation.kind,
      parameters,
      target,
    };
    await this.#store.open(trx, {
      operationId: operation.id,
      databaseId: operation.databaseId,
      subject,
      subjectHash: subjectHash(subject),
      approvers: rule.approvers,
      emergency: rule.emergency,
      requestedBy: operation.requestedBy,
      requestedAt: operation.requestedAt,
      expiresAt: new Date(
        Date.parse(operation.requestedAt) + rule.expiresAfterSeconds * 1000,
      ).toISOString(),
    });
  }

  /**
   * Judges an operation that was claimed, right before its worker starts.
   *
   * @throws NotAllowedError or ConflictError with what to do instead.
   */
  async assertRunnable(row: OperationRow): Promise<void> {
    const rule = ruleFor(this.#databases.get(row.database_id), {
      kind: row.kind,
      parameters: readJson(row.parameters),
      requestedBy: row.requested_by,
    });
    const approval = await this.#store.get(row.id);
    if (!approval) {
      if (rule) {
        throw new NotAllowedError(
          `The policy of database '${row.database_id}' wants a second person for ${aKind(row.kind)}, and nobody was asked; request it again.`,
        );
      }
      return;
    }
    assertSame(row, approval);
    await this.#assertSameTarget(row, approval);
    await this.#assertRecorded(approval);
    if (approval.state === 'approved') {
      await this.#assertStillApprover(approval, rule);
    }
  }

  /** What it acts on is what it was when it was requested. */
  async #assertSameTarget(
    row: OperationRow,
    { subject }: StoredApproval,
  ): Promise<void> {
    const database = this.#databases.get(row.database_id);
    if (!database || !isReady(database)) {
      throw new ConflictError(
        `Database '${row.database_id}' is not ready, so nobody can say whether operation ${row.id} is what was approved; mend its configuration and request it again.`,
      );
    }
    const changed = await changedTarget(
      subject.target,
      {
        databaseId: row.database_id,
        kind: row.kind,
        parameters: readJson(row.parameters),
        placementHost: row.placement_host ?? undefined,
      },
      database,
      { backups: this.#backups, instances: this.#instances },
    );
    if (changed.length > 0) {
      throw new ConflictError(
        `What operation ${row.id} acts on is not what was approved any more: ${changed.join(', ')} changed since it was requested. Look at it again and request it again.`,
      );
    }
  }

  /** Whoever decided has an event in the chain; a row alone proves nothing. */
  async #assertRecorded(approval: StoredApproval): Promise<void> {
    const action =
      approval.state === 'overridden'
        ? 'operation.override'
        : 'operation.approve';
    const events = await this.#knex('audit_events')
      .where({
        operation_id: approval.operationId,
        action,
        outcome: 'accepted',
        actor: approval.decidedBy ?? '',
      })
      .select<{ details: string }[]>('details');
    const recorded = events.some(
      ({ details }) =>
        readJson<JsonObject>(details).subjectHash === approval.subjectHash,
    );
    if (!recorded) {
      throw new ConflictError(
        `The audit history holds no approval of operation ${approval.operationId} by ${approval.decidedBy}; request it again, and verify the audit history.`,
      );
    }
  }

  async #assertStillApprover(
    {
      operationId,
      decidedBy,
      decidedAt,
      requestedBy,
      approvers,
    }: StoredApproval,
    rule: ApprovalRule | undefined,
  ): Promise<void> {
    if (!decidedBy || decidedBy === requestedBy) {
      throw new NotAllowedError(
        `Operation ${operationId} was approved by who requested it; request it again.`,
      );
    }
    const named = rule?.approvers ?? approvers;
    let refs: readonly string[] | undefined;
    try {
      refs = await this.#people.ownershipOf(decidedBy);
    } catch (error) {
      this.#assertApprovedLately(decidedAt, toError(error).message);
      return;
    }
    // A user without an entity is named by the policy in person or not at all.
    if (!(refs ?? [decidedBy]).some(ref => named.includes(ref))) {
      throw new NotAllowedError(
        `${decidedBy}, who approved operation ${operationId}, may not approve any more; request it again and ask ${named.join(' or ')}.`,
      );
    }
  }

  #assertApprovedLately(decidedAt: string | undefined, cause: string): void {
    const ageMs = this.#clock().getTime() - Date.parse(decidedAt ?? '');
    if (!(ageMs < CATALOG_AWAY_MINUTES * 60_000)) {
      throw new ConflictError(
        `The catalog does not say whether the approver still is one (${cause}), and the approval is older than ${CATALOG_AWAY_MINUTES} minutes; request it again when the catalog answers.`,
      );
    }
    this.#logger.warn(
      `The catalog did not say whether an approver still is one; the approval of ${decidedAt} stands: ${cause}`,
    );
  }
}

/** What runs is what was approved, to the last parameter. */
function assertSame(row: OperationRow, approval: StoredApproval): void {
  const { subject, state } = approval;
  if (state !== 'approved' && state !== 'overridden') {
    throw new NotAllowedError(
      `Operation ${row.id} is not approved (${state}); ask ${approval.approvers.join(' or ')}.`,
    );
  }
  const same =
    subjectHash(subject) === approval.subjectHash &&
    subject.operationId === row.id &&
    subject.databaseId === row.database_id &&
    subject.kind === row.kind &&
    (subject.target.host ?? null) === row.placement_host &&
    canonicalJson(subject.parameters) ===
      canonicalJson(readJson(row.parameters));
  if (!same) {
    throw new ConflictError(
      `Operation ${row.id} is not what was approved: it was changed afterwards. Request it again, and find out who changed it.`,
    );
  }
}
