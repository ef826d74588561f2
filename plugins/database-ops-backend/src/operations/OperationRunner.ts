import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError, toError } from '@backstage/errors';
import { Operation } from 'backstage-plugin-database-ops-common';
import {
  Executor,
  WorkerEvent,
  WorkerHandle,
} from 'backstage-plugin-database-ops-node';
import { ApprovalGate } from '../approvals/ApprovalGate';
import { DatabaseCatalog } from '../databases/types';
import { Settings } from '../databases/readSettings';
import { readJson } from '../database/json';
import { storableText } from '../database/storable';
import { OperationAnnouncer } from '../notify/OperationAnnouncer';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { EventBatcher } from './EventBatcher';
import { FollowFailures } from './FollowFailures';
import { OperationEnder } from './OperationEnder';
import { OperationJournal } from './OperationJournal';
import { OperationLeases } from './OperationLeases';
import { endOf } from './outcome';
import { Judgement, StuckReason, judgeRun } from './stuck/judgeRun';
import { timeoutSecondsOf } from './stuck/timeouts';
import { OperationRow } from './rows';
import { stopGraceSecondsOf } from './stopGrace';
import { storableEvent } from './storableEvent';
import { buildWorkerSpec } from './workerSpec';

/** What following operations needs. */
export interface RunnerDependencies {
  readonly executor: Executor;
  readonly settings: Settings['executor'];
  readonly databases: DatabaseCatalog;
  readonly instances: RestoredInstanceStore;
  readonly gate: ApprovalGate;
  readonly leases: OperationLeases;
  readonly leaseOwner: string;
  readonly journal: OperationJournal;
  readonly ender: OperationEnder;
  readonly announcer: OperationAnnouncer;
  readonly logger: LoggerService;
  readonly clock: () => Date;
  readonly renewSeconds: number;
  readonly failures: FollowFailures;
}

/** Carries one operation from its claim to its end, or until the portal stops. */
export class OperationRunner {
  readonly #row: OperationRow;
  readonly #deps: RunnerDependencies;
  readonly #detached = new AbortController();
  #handle: WorkerHandle | undefined;
  #cancelRequestedBy: string | undefined;
  #progressedAtMs: number;
  #told: StuckReason | undefined;
  #stoppedFor: Judgement | undefined;
  #stopping: Promise<void> | undefined;
  #verdict:
    Extract<WorkerEvent, { readonly type: 'result' | 'error' }> | undefined;

  constructor(row: OperationRow, dependencies: RunnerDependencies) {
    this.#row = row;
    this.#deps = dependencies;
    this.#cancelRequestedBy = row.cancel_requested_by ?? undefined;
    this.#progressedAtMs = Number(row.progressed_at_ms) || startedAtMs(row);
  }

  get operationId(): string {
    return this.#row.id;
  }

  /** Stops following; the worker goes on and is found again. */
  detach(): void {
    this.#detached.abort();
  }

  /** Looks at once whether somebody asked for it to be cancelled. */
  async beat(): Promise<void> {
    const renewal = await this.#deps.leases.renew(this.#row.id);
    if (!renewal) {
      this.#deps.logger.warn(
        `Operation ${this.#row.id} is followed by another process now.`,
      );
      this.detach();
      return;
    }
    this.#cancelRequestedBy = renewal.cancelRequestedBy;
    await this.#judge();
    if (this.#cancelRequestedBy || this.#stoppedFor) {
      this.#stopOnce();
    }
  }

  /** Tells people of a run that is stuck, and ends it when it stays so. */
  async #judge(): Promise<void> {
    const { clock, settings } = this.#deps;
    const judged = judgeRun(
      {
        startedAtMs: startedAtMs(this.#row),
        progressedAtMs: this.#progressedAtMs,
        timeoutSeconds: timeoutSecondsOf(this.#row, this.#deps),
      },
      settings,
      clock(),
    );
    if (judged && judged.reason !== this.#told && !this.#verdict) {
      this.#told = judged.reason;
      await this.#tell(judged);
    }
    if (judged?.end) {
      this.#stoppedFor ??= judged;
    }
  }

  async #tell(judged: Judgement): Promise<void> {
    const { announcer, journal, leaseOwner, logger } = this.#deps;
    logger.warn(`Operation ${this.#row.id}: ${judged.sentence}`);
    const operation = await journal.noteStuck(
      this.#row.id,
      leaseOwner,
      judged.sentence,
    );
    if (operation) {
      await announcer.stuck(operation, {
        sentence: judged.sentence,
        onceKey: `stuck:${this.#row.id}:${judged.reason}:${this.#progressedAtMs}`,
      });
    }
  }

  #stopOnce(): void {
    const handle = this.#handle;
    if (!handle || this.#stopping) {
      return;
    }
    this.#stopping = this.#deps.executor
      .stop(handle, { graceSeconds: this.#graceSeconds() })
      .catch(error => {
        this.#deps.logger.error(
          `The worker of operation ${this.#row.id} was not stopped: ${error}`,
        );
        this.#stopping = undefined;
      });
  }

  #graceSeconds(): number {
    return stopGraceSecondsOf(this.#row, this.#deps.databases);
  }

  async run(): Promise<void> {
    const { logger, renewSeconds } = this.#deps;
    const beating = setInterval(() => {
      this.beat().catch(error =>
        logger.warn(
          `The lease of operation ${this.#row.id} was not renewed: ${error}`,
        ),
      );
    }, renewSeconds * 1000);
    try {
      await this.#run();
    } catch (error) {
      if (!this.#detached.signal.aborted) {
        assertError(error);
        await this.#afterFailure(error);
      }
    } finally {
      clearInterval(beating);
    }
  }

  async #afterFailure(error: Error): Promise<void> {
    const { failures, logger } = this.#deps;
    if (!failures.isLast(this.#row)) {
      logger.error(
        `Operation ${this.#row.id} is not followed for now, it is taken up again when its lease ends: ${error.message}`,
      );
      return;
    }
    try {
      await this.#giveUp(error);
    } catch (thrown) {
      logger.error(
        `Operation ${this.#row.id} cannot be followed and was not ended: ${toError(thrown).message}`,
      );
    }
  }

  /** What is left of the worker goes the way of all remains. */
  async #giveUp(error: Error): Promise<void> {
    const { ender, failures, leaseOwner, logger } = this.#deps;
    const cause = storableText(
      `The portal failed again and again to follow it and gave it up: ${error.message}`,
    );
    logger.error(`Operation ${this.#row.id} ends as interrupted. ${cause}`);
    this.#stopOnce();
    await this.#stopping;
    await ender.end(
      this.#row,
      {
        to: 'interrupted',
        sentence: cause,
        failure: {
          cause,
          object: this.#row.database_id,
          nextStep:
            'Remove the cause on the host of the portal, look at what the repository holds, then start the operation again.',
          code: 'not-followed',
        },
      },
      { leaseOwner },
    );
    failures.forget(this.#row.id);
  }

  async #run(): Promise<void> {
    const { executor } = this.#deps;
    const handle = await this.#startOrFind();
    if (!handle) {
      return;
    }
    this.#handle = handle;
    await this.beat();
    const batcher = new EventBatcher(events => this.#store(events));
    // From the first event: the verdict of a worker that ended while nobody
    // followed stands among those stored already. The journal knows them again.
    for await (const received of executor.follow(
      handle,
      0,
      this.#detached.signal,
    )) {
      const event = storableEvent(received);
      if (event.type === 'result' || event.type === 'error') {
        this.#verdict = event;
      }
      this.#heard(Date.parse(event.at));
      await batcher.add(event);
    }
    await batcher.flush();
    if (this.#detached.signal.aborted) {
      return;
    }
    await this.#end(handle);
  }

  #heard(atMs: number): void {
    if (atMs > this.#progressedAtMs) {
      this.#progressedAtMs = atMs;
      this.#told = this.#told === 'silent' ? undefined : this.#told;
    }
  }

  async #store(events: readonly WorkerEvent[]): Promise<void> {
    const operation = await this.#deps.journal.appendWorkerEvents(
      this.#row.id,
      this.#deps.leaseOwner,
      events,
    );
    if (operation) {
      this.#deps.announcer.changed(operation);
    }
  }

  /** Gives nothing when the operation ended here, for it could not be started. */
  async #startOrFind(): Promise<WorkerHandle | undefined> {
    const { executor, leases } = this.#deps;
    const found = await executor.find(this.#row.id);
    if (found) {
      if (!this.#row.executor_reference) {
        await leases.recordHandle(this.#row.id, found.reference);
      }
      return found;
    }
    if (this.#row.executor_reference) {
      await this.#finish({
        reason: `executor '${executor.name}' on ${executor.host} has nothing of it left`,
      });
      return undefined;
    }
    let handle: WorkerHandle;
    try {
      await this.#deps.gate.assertRunnable(this.#row);
      const { restoredInstanceId } = readJson(this.#row.parameters);
      const { spec, secrets } = buildWorkerSpec({
        row: this.#row,
        databases: this.#deps.databases,
        instance:
          typeof restoredInstanceId === 'string'
            ? await this.#deps.instances.get(restoredInstanceId)
            : undefined,
        executor: this.#deps.settings,
        host: executor.host,
      });
      handle = await executor.start(spec, secrets);
    } catch (thrown) {
      const error = toError(thrown);
      await this.#deps.ender.end(
        this.#row,
        {
          to: 'failed',
          notStarted: true,
          sentence: `The worker was not started: ${error.message}`,
          failure: {
            cause: `The worker was not started: ${error.message}`,
            object: this.#row.database_id,
            nextStep:
              'Remove the cause on the host of the portal and start the operation again.',
            code: error.name,
          },
        },
        { leaseOwner: this.#deps.leaseOwner },
      );
      return undefined;
    }
    this.#handle = handle;
    try {
      await leases.recordHandle(this.#row.id, handle.reference);
    } catch (thrown) {
      // A worker that no row knows of could go on after everybody gave it up.
      this.#stopOnce();
      await this.#stopping;
      throw thrown;
    }
    return handle;
  }

  async #end(handle: WorkerHandle): Promise<void> {
    const { executor } = this.#deps;
    const state = await executor.state(handle);
    // Also a worker that ended by itself may have left a tool behind.
    await executor.stop(handle, { graceSeconds: this.#graceSeconds() });
    const ended = await this.#finish({
      reason: state.state === 'running' ? 'it was stopped' : state.reason,
    });
    // Ended by another one: what its worker established is looked at before it is removed.
    if (ended) {
      await executor.forget(handle);
      await this.#deps.leases.clearHandle(this.#row.id);
    }
  }

  async #finish(known: {
    readonly reason: string;
  }): Promise<Operation | undefined> {
    const operation = await this.#deps.ender.end(
      this.#row,
      endOf({
        verdict: this.#verdict,
        reason: known.reason,
        cancelRequestedBy: this.#cancelRequestedBy,
        stoppedFor: this.#stoppedFor,
        object: this.#row.database_id,
      }),
      { leaseOwner: this.#deps.leaseOwner },
    );
    this.#deps.failures.forget(this.#row.id);
    return operation;
  }
}

function startedAtMs(row: OperationRow): number {
  return Date.parse(row.started_at ?? row.requested_at);
}
