import { createHash } from 'node:crypto';
import { ConflictError } from '@backstage/errors';
import {
  RetentionEntry,
  RetentionPreview,
} from 'backstage-plugin-database-ops-common';
import {
  ExpireRequest,
  Inventory,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { canonicalJson } from '../audit/chain';
import { BackupStore } from '../backups/BackupStore';
import { DatabaseCatalog, ReadyDatabase, isReady } from '../databases/types';
import { OperationStore } from '../operations/OperationStore';
import { backupKey, ProofStore } from '../proofs/ProofStore';
import { knownRepositories } from '../repositories/knownInventories';
import {
  findRepository,
  hasSeveralRepositories,
  repositoriesOf,
  storedAs,
} from '../repositories/repositoriesOf';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { logStretchesOf } from './logStretches';
import { newestBranchOf } from './newestBranch';
import { PinStore } from './pins/PinStore';
import { planRetention } from './planRetention';
import { promiseOf } from './promise';
import { logSentenceOf, sentenceOf } from './sentence';
import { RetentionPlan, RetentionQuestion, RetentionRules } from './types';
import { usersOf } from './users';

/** An inventory is made anew every few minutes; one that is older than this says that nobody looks any more. */
const LEAST_STALE_SECONDS = 3600;
const STALE_INTERVALS = 6;

/** Asks the planner with everything that is known of a database. */
export class RetentionService {
  readonly #databases: DatabaseCatalog;
  readonly #backups: BackupStore;
  readonly #pins: PinStore;
  readonly #proofs: ProofStore;
  readonly #instances: RestoredInstanceStore;
  readonly #operations: OperationStore;
  readonly #clock: () => Date;
  readonly #staleSeconds: number;

  constructor(options: {
    readonly databases: DatabaseCatalog;
    readonly backups: BackupStore;
    readonly pins: PinStore;
    readonly proofs: ProofStore;
    readonly instances: RestoredInstanceStore;
    readonly store: OperationStore;
    readonly clock: () => Date;
    readonly settings: {
      readonly reconciliation: { readonly intervalSeconds: number };
    };
  }) {
    this.#databases = options.databases;
    this.#backups = options.backups;
    this.#pins = options.pins;
    this.#proofs = options.proofs;
    this.#instances = options.instances;
    this.#operations = options.store;
    this.#clock = options.clock;
    this.#staleSeconds = Math.max(
      LEAST_STALE_SECONDS,
      STALE_INTERVALS * options.settings.reconciliation.intervalSeconds,
    );
  }

  /** What other rules would remove now, and the database's own keep. */
  async wouldAlsoRemove(
    databaseId: string,
    rules: RetentionRules | undefined,
  ): Promise<readonly string[]> {
    const database = this.#databases.get(databaseId);
    if (!database || !isReady(database)) {
      return [];
    }
    const more: string[] = [];
    for (const repository of repositoriesOf(database)) {
      const question = await this.#question(database, repository);
      const now = new Set(planRetention(question).remove);
      more.push(
        ...planRetention({ ...question, rules: rules ?? {} }).remove.filter(
          id => !now.has(id),
        ),
      );
    }
    return more;
  }

  /** Of one repository: the rules hold for each on its own. */
  async preview(
    database: ReadyDatabase,
    repositoryId?: string,
  ): Promise<RetentionPreview> {
    const { id, policy } = database;
    const repository =
      database.repository && findRepository(database, repositoryId);
    const rules = policy?.retention;
    const question = await this.#question(database, repository);
    const plan = planRetention(question);
    const inventory = await this.#backups.getInventory(
      id,
      storedAs(database, repository?.id),
    );
    const known = plan.refusal === undefined;
    const state = known ? 'known' : 'unknown';
    return {
      databaseId: id,
      ...(hasSeveralRepositories(database) && { repositoryId: repository?.id }),
      state: rules ? state : 'no-retention',
      ...(plan.refusal ? { reason: plan.refusal } : {}),
      ...(policy ? { policyName: policy.name } : {}),
      promise: rules ? plan.promise : promiseOf(undefined),
      sentence: sentenceOf(plan),
      computedAt: question.now.toISOString(),
      ...(inventory ? { inventoryObservedAt: inventory.observedAt } : {}),
      entries: entriesOf(plan, question),
      removes: plan.remove.length,
      freedBytes: plan.freedBytes,
      ...(plan.logsFrom ? { logsKeptFrom: { time: plan.logsFrom.time } } : {}),
      logsSentence: logSentenceOf(plan),
      planHash: planHash(database, repository, plan),
    };
  }

  /**
   * The parameters of an `expire` that does what the preview says now.
   *
   * @throws ConflictError when there is no retention, or the repository's state is unknown
   */
  async expireRequest(
    database: ReadyDatabase,
    repositoryId?: string,
  ): Promise<ExpireRequest> {
    if (!database.policy?.retention) {
      throw new ConflictError(
        `Database '${database.id}' has no retention, nothing of it is ever removed; set retention in its policy.`,
      );
    }
    const repository =
      database.repository && findRepository(database, repositoryId);
    const plan = planRetention(await this.#question(database, repository));
    if (plan.refusal) {
      throw new ConflictError(
        `${plan.refusal} Take an inventory of database '${database.id}', then try again.`,
      );
    }
    return {
      remove: [...plan.remove],
      keep: [...plan.keep],
      ...(plan.logsFrom ? { logsFrom: { ...plan.logsFrom } } : {}),
      planHash: planHash(database, repository, plan),
    };
  }

  /** Under the database's own rules. */
  async #question(
    database: ReadyDatabase,
    repository: RepositoryDefinition | undefined,
  ): Promise<RetentionQuestion> {
    const { id } = database;
    const stored = storedAs(database, repository?.id);
    const now = this.#clock();
    // First: a restore that ends meanwhile is among these, if not among its instances.
    const active = await this.#operations.listActive();
    const [known, proved, pins, instances] = await Promise.all([
      knownRepositories(this.#backups, database),
      this.#proofs.provedBackups(id),
      this.#pins.listActive(id),
      this.#instances.list(id),
    ]);
    const { inventory, unreachable } = known.find(
      each => each.repository === repository,
    ) ?? { inventory: undefined };
    const backups = (inventory?.backups ?? []).map(backup => ({
      ...backup,
      // By this portal's own proofs: whoever writes to the repository could claim one.
      proved: proved.get(backupKey(stored, backup.id)),
    }));
    const { recoveryWindow } = database.engine.engine.describe;
    const unknownBecause =
      unreachable === undefined
        ? this.#unknownBecause(inventory, now)
        : `it does not answer: ${unreachable}`;
    const window = recoveryWindow(id, inventory);
    const newestBranch = newestBranchOf(window, inventory);
    const intervals = window.intervals.filter(
      ({ timeline }) =>
        newestBranch === undefined || timeline === newestBranch.timeline,
    );
    return {
      rules: database.policy?.retention ?? {},
      backups,
      logs: logStretchesOf({ intervals }, backups),
      newestBranch,
      pins,
      running: usersOf({
        backups,
        instances: instances.filter(
          ({ repositoryId }) => storedAs(database, repositoryId) === stored,
        ),
        operations: active.filter(
          ({ databaseId, parameters }) =>
            databaseId === id &&
            storedAs(database, parameters?.repositoryId) === stored,
        ),
      }),
      repositoryState: unknownBecause === undefined ? 'known' : 'unknown',
      unknownBecause,
      now,
    };
  }

  #unknownBecause(
    inventory: Inventory | undefined,
    now: Date,
  ): string | undefined {
    if (!inventory) {
      return 'no inventory of it was read yet.';
    }
    const ageSeconds =
      (now.getTime() - Date.parse(inventory.observedAt)) / 1000;
    return ageSeconds > this.#staleSeconds
      ? `its last inventory is of ${inventory.observedAt}.`
      : undefined;
  }
}

/** What people confirm: what goes and from where the log stays, whatever comes meanwhile and stays. */
function planHash(
  database: ReadyDatabase,
  repository: RepositoryDefinition | undefined,
  plan: RetentionPlan,
): string {
  return createHash('sha256')
    .update(
      canonicalJson({
        databaseId: database.id,
        ...(hasSeveralRepositories(database) && {
          repositoryId: repository?.id ?? null,
        }),
        remove: [...plan.remove].sort(),
        logsFrom: plan.logsFrom?.backupId ?? null,
      }),
    )
    .digest('hex');
}

function entriesOf(
  plan: RetentionPlan,
  { backups, pins }: RetentionQuestion,
): RetentionEntry[] {
  const byId = new Map(backups.map(backup => [backup.id, backup]));
  const pinned = new Set(pins.map(({ backupId }) => backupId));
  return plan.decisions.flatMap(({ backupId, keep, reasons, dependents }) => {
    const backup = byId.get(backupId);
    return backup
      ? [
          {
            backupId,
            type: backup.type,
            stoppedAt: backup.stoppedAt,
            ...(backup.repositorySizeBytes === undefined
              ? {}
              : { repositorySizeBytes: backup.repositorySizeBytes }),
            keep,
            reasons: [...reasons],
            dependents: [...dependents],
            proved: backup.proved !== undefined,
            pinned: pinned.has(backupId),
          },
        ]
      : [];
  });
}
