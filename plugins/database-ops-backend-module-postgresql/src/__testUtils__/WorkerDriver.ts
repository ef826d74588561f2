import { randomUUID } from 'node:crypto';
import { JsonObject } from '@backstage/types';
import {
  Executor,
  listProcessGroup,
  OperateTarget,
  RestoredInstanceReference,
  RestoreOutcome,
  sealWorkerSpec,
  WorkerEvent,
  WorkerHandle,
  WorkerSpec,
} from 'backstage-plugin-database-ops-node';
import { LocalExecutor } from 'backstage-plugin-database-ops-worker';
import { PostgresqlConfig } from '../config';

const ENGINE_MODULE =
  'backstage-plugin-database-ops-backend-module-postgresql/engine';
const TIMEOUT_SECONDS = 3600;
/** Short, so that what follows a killed worker need not wait long. */
const LEASE_SECONDS = 9;

/** What a worker is to do. */
export type WorkerOrder = Pick<WorkerSpec, 'kind'> &
  Partial<
    Pick<
      WorkerSpec,
      'operationId' | 'parameters' | 'restoredInstance' | 'timeoutSeconds'
    >
  >;

/** How a worker ended, with all that it said. */
export interface WorkerRun {
  readonly operationId: string;
  readonly seconds: number;
  readonly events: readonly WorkerEvent[];
  readonly result?: JsonObject;
  readonly failure?: Extract<WorkerEvent, { type: 'error' }>['failure'];
}

/** Starts the product's real workers on a database, as a portal does. */
export class WorkerDriver {
  readonly executor: Executor & Pick<LocalExecutor, 'processIdOf'>;
  readonly #target: OperateTarget<PostgresqlConfig>;

  static async create(options: {
    readonly target: OperateTarget<PostgresqlConfig>;
    readonly stateDirectory: string;
  }): Promise<WorkerDriver> {
    const { target, stateDirectory } = options;
    return new WorkerDriver(
      target,
      await LocalExecutor.create({ stateDirectory }),
    );
  }

  private constructor(
    target: OperateTarget<PostgresqlConfig>,
    executor: LocalExecutor,
  ) {
    this.#target = target;
    this.executor = executor;
  }

  async start(order: WorkerOrder): Promise<WorkerHandle> {
    const { spec, secrets } = sealWorkerSpec({
      parameters: {},
      timeoutSeconds: TIMEOUT_SECONDS,
      operationId: randomUUID(),
      ...order,
      ...this.#target,
      requestedBy: 'user:default/owner',
      engineModule: ENGINE_MODULE,
      leaseSeconds: LEASE_SECONDS,
      executorHost: this.executor.host,
    });
    return this.executor.start(spec, secrets);
  }

  /** Runs a worker to its end, however that is. */
  async run(order: WorkerOrder): Promise<WorkerRun> {
    const operationId = order.operationId ?? randomUUID();
    const startedAt = performance.now();
    const end = await this.end(await this.start({ ...order, operationId }));
    return {
      ...end,
      operationId,
      seconds: (performance.now() - startedAt) / 1000,
    };
  }

  /** @throws Error with what the worker said when it failed */
  async succeed(
    order: WorkerOrder,
  ): Promise<WorkerRun & { result: JsonObject }> {
    const run = await this.run(order);
    if (!run.result) {
      const told = run.events.slice(-8).map(event => JSON.stringify(event));
      throw new Error(
        `The ${order.kind} failed: ${run.failure?.cause ?? 'it left no result'}\n${told.join('\n')}`,
      );
    }
    return { ...run, result: run.result };
  }

  async end(
    handle: WorkerHandle,
  ): Promise<Pick<WorkerRun, 'events' | 'result' | 'failure'>> {
    const events: WorkerEvent[] = [];
    const never = new AbortController().signal;
    for await (const event of this.executor.follow(handle, 0, never)) {
      events.push(event);
    }
    const last = events.at(-1);
    return {
      events,
      ...(last?.type === 'result' ? { result: last.data } : {}),
      ...(last?.type === 'error' ? { failure: last.failure } : {}),
    };
  }

  /** Living processes that the worker started, itself included. */
  async groupOf(handle: WorkerHandle): Promise<readonly number[]> {
    const leader = await this.executor.processIdOf(handle);
    return (await listProcessGroup(leader)).map(({ processId }) => processId);
  }

  async restore(parameters: JsonObject): Promise<RestoredByWorker> {
    const { operationId, result, seconds } = await this.succeed({
      kind: 'restore',
      parameters,
    });
    const outcome = result.restoredInstance as unknown as RestoreOutcome;
    return {
      outcome,
      seconds,
      reference: {
        restoredInstanceId: operationId,
        directory: outcome.directory,
        facts: outcome.facts,
      },
    };
  }

  async discard(restoredInstance: RestoredInstanceReference): Promise<void> {
    await this.succeed({ kind: 'discard', restoredInstance });
  }
}

export interface RestoredByWorker {
  readonly outcome: RestoreOutcome;
  readonly reference: RestoredInstanceReference;
  readonly seconds: number;
}
