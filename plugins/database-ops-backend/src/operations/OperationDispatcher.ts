import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { readJson } from '../database/json';
import { End, EndCondition, OperationEnder } from './OperationEnder';
import { OperationJournal } from './OperationJournal';
import { OperationLeases } from './OperationLeases';
import { OperationRunner, RunnerDependencies } from './OperationRunner';
import { OperationQueue } from './queue/OperationQueue';
import { Remains } from './Remains';
import { OperationRow, toOperation } from './rows';

/** How the dispatcher keeps time. */
export interface DispatcherOptions extends RunnerDependencies {
  readonly remains: Remains;
  readonly queue: OperationQueue;
  /** How often the queue is looked at when nobody calls. */
  readonly pollSeconds: number;
  /** How often everything else is looked at: what others left behind. */
  readonly tidySeconds: number;
  /** How long another host's silence is waited for. */
  readonly heartbeatSeconds: number;
  /** How long an operation waits for the one host that may run it. */
  readonly absentHostSeconds: number;
}

/**
 * Claims queued operations and those that a dead portal process left behind.
 * Every replica has one; the rows' leases decide between them.
 */
export class OperationDispatcher {
  readonly #options: DispatcherOptions;
  readonly #leases: OperationLeases;
  readonly #journal: OperationJournal;
  readonly #ender: OperationEnder;
  readonly #logger: LoggerService;
  readonly #tidying: (() => Promise<void>)[] = [];
  readonly #running = new Map<
    string,
    { runner: OperationRunner; done: Promise<void> }
  >();
  #timers: readonly NodeJS.Timeout[] = [];
  #polling = false;
  #turn: Promise<void> = Promise.resolve();
  #stopped = true;
  #startedAtMs = Infinity;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#leases = options.leases;
    this.#journal = options.journal;
    this.#ender = options.ender;
    this.#logger = options.logger;
  }

  start(): void {
    this.#stopped = false;
    this.#startedAtMs = this.#options.clock().getTime();
    this.#timers = [
      setInterval(() => this.#poll(), this.#options.pollSeconds * 1000),
      setInterval(() => this.wake(), this.#options.tidySeconds * 1000),
    ];
    this.wake();
  }

  /** Stops following, so that another process may at once; workers go on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.forEach(clearInterval);
    await this.#turn;
    const followed = [...this.#running.values()];
    followed.forEach(({ runner }) => runner.detach());
    await Promise.all(
      followed.map(async ({ runner, done }) => {
        await done;
        await this.#leases.release(runner.operationId);
      }),
    );
  }

  /** Has something else looked at in this process's turns. */
  tidy(task: () => Promise<void>): void {
    this.#tidying.push(task);
  }

  /** Looks at the queue, and at what others left behind, now. */
  wake(): void {
    this.#inTurn(() => this.#look());
  }

  /** Looks at the queue only: other replicas fill it too. */
  #poll(): void {
    if (!this.#polling) {
      this.#polling = true;
      this.#inTurn(async () => {
        this.#polling = false;
        await this.#claimAll();
      });
    }
  }

  #inTurn(look: () => Promise<void>): void {
    this.#turn = this.#turn
      .then(look)
      .catch(error =>
        this.#logger.warn(`The queue of operations was not read: ${error}`),
      );
  }

  /** Passes a cancellation on without waiting for the next beat. */
  async cancelled(operationId: string): Promise<void> {
    await this.#running.get(operationId)?.runner.beat();
  }

  async #look(): Promise<void> {
    await this.#endSilent();
    await this.#endUnclaimed();
    await this.#options.remains.remove(id => this.#running.has(id));
    for (const task of this.#tidying) {
      await task();
    }
    await this.#followEach(() => this.#leases.adopt());
    await this.#claimAll();
  }

  #claimAll(): Promise<void> {
    return this.#followEach(() => this.#claim());
  }

  async #followEach(
    next: () => Promise<OperationRow | undefined>,
  ): Promise<void> {
    while (!this.#stopped) {
      const row = await next();
      if (!row) {
        return;
      }
      this.#follow(row);
    }
  }

  async #claim(): Promise<OperationRow | undefined> {
    const row = await this.#options.queue.claim((trx, claimed) =>
      this.#journal.noteRunning(
        trx,
        claimed,
        `Started on ${claimed.executor_host} by executor '${claimed.executor}'.`,
      ),
    );
    if (row) {
      this.#options.announcer.changed(toOperation(row));
    }
    return row;
  }

  #follow(row: OperationRow): void {
    if (row.attempt > 1) {
      this.#logger.info(
        `Operation ${row.id} is taken up again, attempt ${row.attempt}.`,
      );
    }
    const runner = new OperationRunner(row, this.#options);
    const done = runner.run().finally(() => {
      this.#running.delete(row.id);
      if (!this.#stopped) {
        this.wake();
      }
    });
    this.#running.set(row.id, { runner, done });
  }

  async #endSilent(): Promise<void> {
    const { heartbeatSeconds } = this.#options;
    for (const row of await this.#leases.listSilent(heartbeatSeconds)) {
      const failure = {
        cause: `The portal process on ${row.executor_host} that followed it has been silent for more than ${heartbeatSeconds} s.`,
        object: row.executor_host ?? row.database_id,
        nextStep: `Look at ${row.executor_host}; start the operation again once no worker of it runs there.`,
        code: 'host-silent',
      };
      await this.#endUnfollowed(
        row,
        { to: 'interrupted', sentence: failure.cause, failure },
        { leaseExpiredAt: row.lease_expires_at ?? undefined },
      );
    }
  }

  /** One that waits for a host which is gone would keep every other of its kind from running. */
  async #endUnclaimed(): Promise<void> {
    const { absentHostSeconds, clock } = this.#options;
    // After a time in which no portal ran, the other hosts need as long to come back.
    const limitMs = this.#startedAtMs + absentHostSeconds * 1000;
    if (clock().getTime() < limitMs) {
      return;
    }
    for (const row of await this.#leases.listUnclaimed(absentHostSeconds)) {
      const host = row.placement_host ?? '';
      const { restoredInstanceId } = readJson(row.parameters);
      const failure = {
        cause: `Only ${host} may run it, and no portal process there took it within ${absentHostSeconds} s.`,
        object: host,
        nextStep: `Start the portal on ${host} and request it again; if that host is gone for good, make sure that nothing of its disk is kept.`,
        code: 'host-absent',
      };
      await this.#endUnfollowed(
        row,
        {
          to: 'failed',
          sentence: failure.cause,
          failure,
          lostInstanceId:
            row.kind === 'discard' ? String(restoredInstanceId) : undefined,
        },
        { unclaimed: true },
      );
    }
  }

  /** One that cannot be ended keeps neither the others nor the queue. */
  async #endUnfollowed(
    row: OperationRow,
    end: End,
    condition: EndCondition,
  ): Promise<void> {
    try {
      await this.#ender.end(row, end, condition);
    } catch (thrown) {
      this.#logger.error(
        `Operation ${row.id}, which nobody follows, was not ended: ${toError(thrown).message}`,
      );
    }
  }
}
