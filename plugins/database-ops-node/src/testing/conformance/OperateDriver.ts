import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import { OperationFailure } from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition } from '../../databases/types';
import { RestoreOutcome } from '../../engine/types';
import { WorkerHandle } from '../../executor/types';
import { listProcessGroup } from '../../process/processTable';
import { sealWorkerSpec } from '../../worker/sealWorkerSpec';
import { WorkerEvent, WorkerSpec } from '../../worker/types';
import { OperateSubject } from './types';

/** Short, so that a killed worker's lease is free while a test waits for it. */
const LEASE_SECONDS = 9;
const TIMEOUT_SECONDS = 180;
const POLL_MS = 50;
/** The worker and its guardian; whatever is more was started by the verb. */
const WORKER_PROCESSES = 2;

/** How a worker ended, with all of its events. */
export interface DrivenEnd {
  readonly events: readonly WorkerEvent[];
  readonly result?: JsonObject;
  readonly failure?: OperationFailure;
  readonly cancelled: boolean;
}

/** Starts workers of one engine on one database, as a portal does. */
export class OperateDriver {
  readonly #engineModule: string;
  readonly #database: DatabaseDefinition;
  readonly #subject: OperateSubject;

  constructor(options: {
    readonly engineModule: string;
    readonly database: DatabaseDefinition;
    readonly subject: OperateSubject;
  }) {
    this.#engineModule = options.engineModule;
    this.#database = options.database;
    this.#subject = options.subject;
  }

  newOperationId(): string {
    return randomUUID();
  }

  async backup(): Promise<DrivenEnd> {
    return this.run({
      kind: 'backup',
      parameters: this.#subject.backupParameters ?? { type: 'full' },
    });
  }

  async restore(operationId?: string): Promise<DrivenEnd> {
    return this.run({
      kind: 'restore',
      parameters: this.#subject.restoreParameters ?? { kind: 'latest' },
      ...(operationId ? { operationId } : {}),
    });
  }

  async discard(
    restoredInstanceId: string,
    restored: RestoreOutcome,
  ): Promise<DrivenEnd> {
    const { directory, facts } = restored;
    return this.run({
      kind: 'discard',
      restoredInstance: { restoredInstanceId, directory, facts },
    });
  }

  async run(overrides: Partial<WorkerSpec>): Promise<DrivenEnd> {
    return this.end(await this.start(overrides));
  }

  async start(overrides: Partial<WorkerSpec>): Promise<WorkerHandle> {
    const {
      executor,
      repository,
      timeoutSeconds = TIMEOUT_SECONDS,
    } = this.#subject;
    const { spec, secrets } = sealWorkerSpec({
      operationId: overrides.operationId ?? this.newOperationId(),
      kind: overrides.kind ?? 'inventory',
      requestedBy: 'user:default/conformance',
      parameters: overrides.parameters ?? {},
      engineModule: this.#engineModule,
      database: this.#database,
      repository,
      restoredInstance: overrides.restoredInstance,
      timeoutSeconds,
      leaseSeconds: LEASE_SECONDS,
      executorHost: executor.host,
    });
    return executor.start(spec, secrets);
  }

  /** Starts a backup and returns in its midst. */
  async startSlowBackup(): Promise<WorkerHandle> {
    const { backupParameters = { type: 'full' }, slowBackupParameters } =
      this.#subject;
    const handle = await this.start({
      kind: 'backup',
      parameters: slowBackupParameters ?? backupParameters,
    });
    while ((await this.groupOf(handle)).length <= WORKER_PROCESSES) {
      const { state } = await this.#subject.executor.state(handle);
      if (state !== 'running') {
        const { events } = await this.end(handle);
        throw new Error(
          `The backup ended before it could be interrupted; give slowBackupParameters or more data. Its events: ${JSON.stringify(events)}`,
        );
      }
      await sleep(POLL_MS);
    }
    return handle;
  }

  async end(handle: WorkerHandle): Promise<DrivenEnd> {
    const events: WorkerEvent[] = [];
    const never = new AbortController().signal;
    for await (const event of this.#subject.executor.follow(handle, 0, never)) {
      events.push(event);
    }
    const last = events.at(-1);
    return {
      events,
      ...(last?.type === 'result' ? { result: last.data } : {}),
      ...(last?.type === 'error' ? { failure: last.failure } : {}),
      cancelled: last?.type === 'error' && last.cancelled === true,
    };
  }

  /** Living processes of the worker's group. */
  async groupOf(handle: WorkerHandle): Promise<readonly number[]> {
    const leader = await this.#subject.executor.processIdOf(handle);
    return (await listProcessGroup(leader)).map(({ processId }) => processId);
  }

  /** Kills the worker alone, by force, and gives what it had started once that had time to end. */
  async kill(handle: WorkerHandle): Promise<readonly number[]> {
    const leader = await this.#subject.executor.processIdOf(handle);
    process.kill(leader, 'SIGKILL');
    const deadline = performance.now() + 5000;
    let left = await this.groupOf(handle);
    while (left.length > 0 && performance.now() < deadline) {
      await sleep(POLL_MS);
      left = await this.groupOf(handle);
    }
    return left;
  }
}
