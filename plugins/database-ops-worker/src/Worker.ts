import { mkdir, rm } from 'node:fs/promises';
import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import {
  abortGraceSecondsOf,
  describeFailure,
  findProcess,
  InventoryStore,
  LocalProcessRunner,
  OperationFailedError,
  probeConditionalWrites,
  Redactor,
  RepositoryLease,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { endAfter, UnsuccessfulEnd } from './endAfter';
import { EventLog } from './events/EventLog';
import { EventLogger } from './events/EventLogger';
import { OpenSpec } from './spec/readSpec';
import { carryOut } from './verbs/carryOut';
import { loadEngine } from './verbs/loadEngine';

/** Verbs that only read the repository, or leave it alone; a long one must not keep backups from their schedule. */
const WITHOUT_LEASE: readonly OperationKind[] = [
  'restore',
  'verify',
  'discard',
  'maintain',
];

/** For a verb to end after the lease was lost: others may begin seconds later. */
const LOST_LEASE_GRACE_SECONDS = 3;

/** How long past its expiry a dead holder's lease is waited for. */
const LEASE_WAIT_MARGIN_SECONDS = 15;

/** Shorter secrets turn up in results by chance. */
const LEAST_TELLING_SECRET = 8;

/** How an operation ended. */
export type WorkerEnd =
  | { readonly state: 'succeeded'; readonly result: JsonObject }
  | UnsuccessfulEnd;

/** What a worker is given. */
export interface WorkerOptions {
  readonly open: OpenSpec;
  readonly secrets: readonly string[];
  readonly events: EventLog;
  readonly redactor: Redactor;
  readonly workDirectory: string;
  /** Aborts when the operation is cancelled. */
  readonly cancelled: AbortSignal;
  /** Kills whatever this process started; the last resort. */
  readonly killChildren: () => Promise<void>;
}

/** Carries out one operation: lease, verb, outcome. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #startedAt = new Date();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** Never throws for what goes wrong in the operation: that is its end. */
  async run(): Promise<WorkerEnd> {
    const { events, open, killChildren } = this.#options;
    let store: S3ObjectStore | undefined;
    let leaseStore: S3ObjectStore | undefined;
    let lease: RepositoryLease | undefined;
    let end: WorkerEnd;
    const timeout = AbortSignal.timeout(open.spec.timeoutSeconds * 1000);
    try {
      store = await S3ObjectStore.create(open.repository);
      const beforeLease = AbortSignal.any([this.#options.cancelled, timeout]);
      if (!WITHOUT_LEASE.includes(open.spec.kind)) {
        await probeConditionalWrites(store, open.repository.controlPrefix, {
          racers: 1,
        });
        leaseStore = await this.#createLeaseStore();
        lease = await this.#takeLease(leaseStore, beforeLease);
      }
      const signal = AbortSignal.any([
        beforeLease,
        ...(lease ? [lease.signal] : []),
      ]);
      end = {
        state: 'succeeded',
        result: await this.#carryOut(store, lease, signal),
      };
    } catch (thrown) {
      end = this.#endAfter(thrown, timeout, lease);
    }
    await killChildren();
    if (store) {
      await this.#writeOutcome(store, end);
      try {
        await lease?.release();
      } catch (thrown) {
        events.log(
          'warn',
          `The lease could not be released; it ends by itself: ${describeFailure(thrown, { object: '' }).cause}`,
        );
      }
      leaseStore?.close();
      store.close();
    }
    return end;
  }

  /** A renewal that stays unanswered must leave time for others before the lease ends. */
  async #createLeaseStore(): Promise<S3ObjectStore> {
    const { repository, spec } = this.#options.open;
    const timeoutSeconds = Math.max(1, Math.floor(spec.leaseSeconds / 6));
    return S3ObjectStore.create(repository, {
      connectTimeoutSeconds: timeoutSeconds,
      requestTimeoutSeconds: timeoutSeconds,
      maxAttempts: 2,
    });
  }

  async #takeLease(
    store: S3ObjectStore,
    signal: AbortSignal,
  ): Promise<RepositoryLease> {
    const { events, open } = this.#options;
    const { spec, repository, database } = open;
    const lease = await RepositoryLease.acquire({
      store,
      controlPrefix: repository.controlPrefix,
      databaseId: database.id,
      operationId: spec.operationId,
      kind: spec.kind,
      owner: spec.requestedBy,
      host: spec.executorHost,
      leaseSeconds: spec.leaseSeconds,
      waitSeconds: spec.leaseSeconds + LEASE_WAIT_MARGIN_SECONDS,
      isAlive: async processId => (await findProcess(processId)) !== undefined,
      onWait: holder =>
        events.log(
          'info',
          `Waiting until ${holder.expiresAt} for the lease of ${holder.kind} ${holder.operationId}, whose worker shows no sign of life.`,
        ),
      signal,
    });
    events.log(
      'info',
      `Lease of database '${database.id}' taken, generation ${lease.generation}.`,
    );
    return lease;
  }

  async #carryOut(
    store: S3ObjectStore,
    lease: RepositoryLease | undefined,
    signal: AbortSignal,
  ): Promise<JsonObject> {
    const { events, open, redactor, workDirectory, killChildren } =
      this.#options;
    const { spec, database, repository } = open;
    // Others may take the lease seconds from now: nothing may write any more.
    const stopWriting = () => this.#detached(killChildren());
    lease?.signal.addEventListener('abort', stopWriting, { once: true });
    await mkdir(workDirectory, { mode: 0o700 });
    try {
      const engine = loadEngine(spec.engineModule);
      const graceSeconds = () =>
        lease?.signal.aborted
          ? LOST_LEASE_GRACE_SECONDS
          : abortGraceSecondsOf(engine.describe, database.config, spec);
      const result = await endedBy(
        signal,
        graceSeconds,
        carryOut({
          engine,
          spec,
          target: { database, repository },
          context: {
            operationId: spec.operationId,
            requestedBy: spec.requestedBy,
            policyName: spec.policyName,
            logger: new EventLogger(events),
            signal,
            progress: progress => events.progress(progress),
            store,
            processes: new LocalProcessRunner({ redactor }),
            clock: () => new Date(),
            workDirectory,
          },
        }),
      );
      // What took the place of its source stands, and is undone only by a discard.
      if (lease?.signal.aborted || !tookTheSourcesPlace(spec.kind, result)) {
        signal.throwIfAborted();
      }
      this.#refuseSecretsIn(result);
      return result;
    } finally {
      lease?.signal.removeEventListener('abort', stopWriting);
      await rm(workDirectory, { recursive: true, force: true });
    }
  }

  #endAfter(
    thrown: unknown,
    timeout: AbortSignal,
    lease: RepositoryLease | undefined,
  ): UnsuccessfulEnd {
    const { cancelled, open, redactor } = this.#options;
    const { spec, database } = open;
    const { state, failure } = endAfter(thrown, {
      ...spec,
      databaseId: database.id,
      lostLease: lease?.signal.aborted ? lease.signal : undefined,
      isCancelled: cancelled.aborted,
      isOverdue: timeout.aborted,
    });
    return { state, failure: redactor.redactValue(failure) };
  }

  async #writeOutcome(store: S3ObjectStore, end: WorkerEnd): Promise<void> {
    const { events, open } = this.#options;
    const { spec, database } = open;
    try {
      await new InventoryStore(store).writeOutcome({
        version: 1,
        operationId: spec.operationId,
        databaseId: database.id,
        kind: spec.kind,
        state: end.state,
        requestedBy: spec.requestedBy,
        parameters: spec.parameters,
        startedAt: this.#startedAt.toISOString(),
        endedAt: new Date().toISOString(),
        ...(end.state === 'succeeded'
          ? { result: end.result }
          : { failure: end.failure }),
      });
    } catch (thrown) {
      const { cause } = describeFailure(thrown, { object: database.id });
      events.log(
        'warn',
        `The outcome could not be written to the repository: ${cause}`,
      );
    }
  }

  /** A result goes to the portal and the repository as it is: it must not carry a secret. */
  #refuseSecretsIn(result: JsonObject): void {
    const telling = this.#options.secrets.filter(
      secret => secret.length >= LEAST_TELLING_SECRET,
    );
    const text = JSON.stringify(result);
    if (new Redactor(telling).redact(text) !== text) {
      throw new OperationFailedError({
        cause: `Engine module '${this.#options.open.spec.engineModule}' put a secret into its result, which was withheld.`,
        nextStep: 'Report this to the authors of the engine.',
        code: 'secret-in-result',
      });
    }
  }

  #detached(work: Promise<void>): void {
    work.catch(thrown =>
      this.#options.events.log(
        'error',
        `Child processes could not be ended: ${describeFailure(thrown, { object: '' }).cause}`,
      ),
    );
  }
}

function tookTheSourcesPlace(
  kind: OperationKind,
  { restoredInstance }: JsonObject,
): boolean {
  return (
    kind === 'restore' &&
    (restoredInstance as JsonObject | undefined)?.mode === 'in-place'
  );
}

/** The work's result; an abort is waited for until the grace is over, then it is the end. */
async function endedBy<T>(
  signal: AbortSignal,
  graceSeconds: () => number,
  work: Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const forced = new Promise<never>((_resolve, reject) => {
    const begin = () => {
      timer = setTimeout(() => reject(signal.reason), graceSeconds() * 1000);
    };
    if (signal.aborted) {
      begin();
    } else {
      signal.addEventListener('abort', begin, { once: true });
    }
  });
  try {
    return await Promise.race([work, forced]);
  } finally {
    clearTimeout(timer);
  }
}
