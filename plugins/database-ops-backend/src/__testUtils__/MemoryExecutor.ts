import {
  Executor,
  WorkerEvent,
  WorkerHandle,
  WorkerSpec,
  WorkerState,
} from 'backstage-plugin-database-ops-node';

type NewEvent = WorkerEvent extends infer E
  ? E extends WorkerEvent
    ? Omit<E, 'seq' | 'at'>
    : never
  : never;

interface MemoryWorker {
  readonly spec: WorkerSpec;
  readonly secrets: Readonly<Record<string, string>>;
  readonly events: WorkerEvent[];
  state: WorkerState;
}

/** Workers that do what a test tells them; like real ones they outlive whoever follows them. */
export class MemoryExecutor implements Executor {
  readonly name: string;
  readonly host: string;
  readonly workers = new Map<string, MemoryWorker>();
  readonly stopped: string[] = [];
  /** What each that was stopped got to end what it had begun. */
  readonly graceSeconds = new Map<string, number>();
  readonly forgotten: string[] = [];
  /** Whether a stopped worker still says how it ended. */
  answersStop = true;
  startError: Error | undefined;

  constructor(
    options: { readonly name?: string; readonly host?: string } = {},
  ) {
    this.name = options.name ?? 'memory';
    this.host = options.host ?? 'test-host';
  }

  async start(
    spec: WorkerSpec,
    secrets: Readonly<Record<string, string>>,
  ): Promise<WorkerHandle> {
    if (this.startError) {
      throw this.startError;
    }
    if (!this.workers.has(spec.operationId)) {
      this.workers.set(spec.operationId, {
        spec,
        secrets,
        events: [],
        state: { state: 'running' },
      });
    }
    return this.#handle(spec.operationId);
  }

  async find(operationId: string): Promise<WorkerHandle | undefined> {
    return this.workers.has(operationId)
      ? this.#handle(operationId)
      : undefined;
  }

  async *follow(
    handle: WorkerHandle,
    sinceSeq: number,
    signal: AbortSignal,
  ): AsyncIterable<WorkerEvent> {
    let given = sinceSeq;
    const isNew = ({ seq }: WorkerEvent) => seq > given;
    while (!signal.aborted) {
      const worker = this.workers.get(handle.reference);
      const { state } = worker?.state ?? { state: 'gone' };
      for (const event of worker?.events.filter(isNew) ?? []) {
        given = event.seq;
        yield event;
      }
      if (state !== 'running') {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 5));
    }
  }

  async state(handle: WorkerHandle): Promise<WorkerState> {
    return (
      this.workers.get(handle.reference)?.state ?? {
        state: 'gone',
        reason: 'nothing is left',
      }
    );
  }

  async stop(
    handle: WorkerHandle,
    { graceSeconds }: { readonly graceSeconds: number },
  ): Promise<void> {
    const worker = this.workers.get(handle.reference);
    if (worker?.state.state !== 'running') {
      return;
    }
    this.stopped.push(handle.reference);
    this.graceSeconds.set(handle.reference, graceSeconds);
    if (this.answersStop) {
      this.emit(handle.reference, {
        type: 'error',
        cancelled: true,
        failure: { cause: 'It was told to stop.', nextStep: 'Start it again.' },
      });
    }
    worker.state = { state: 'ended', reason: 'it was stopped' };
  }

  async forget(handle: WorkerHandle): Promise<void> {
    this.forgotten.push(handle.reference);
  }

  /** Lets a worker say something. */
  emit(operationId: string, event: NewEvent): void {
    const { events } = this.#worker(operationId);
    events.push({
      ...event,
      seq: events.length + 1,
      at: new Date().toISOString(),
    } as WorkerEvent);
  }

  /** Lets a worker end, with a result or without a word. */
  end(operationId: string, event?: NewEvent): void {
    if (event) {
      this.emit(operationId, event);
    }
    this.#worker(operationId).state = {
      state: 'ended',
      exitCode: event ? 0 : 137,
      reason: 'it was killed',
    };
  }

  #worker(operationId: string): MemoryWorker {
    const worker = this.workers.get(operationId);
    if (!worker) {
      throw new Error(`There is no worker of ${operationId}.`);
    }
    return worker;
  }

  #handle(operationId: string): WorkerHandle {
    return { executor: this.name, host: this.host, reference: operationId };
  }
}
