import { WorkerEvent, WorkerSpec } from '../worker/types';

/**
 * A started worker as an executor finds it again; kept with the operation.
 *
 * @public
 */
export interface WorkerHandle {
  readonly executor: string;
  readonly host: string;
  /** The executor's own reference, for example a state folder or a Job's name. */
  readonly reference: string;
}

/**
 * Whether a worker lives, and how it ended when it does not.
 *
 * @public
 */
export type WorkerState =
  | { readonly state: 'running' }
  | {
      readonly state: 'ended';
      readonly exitCode?: number;
      readonly reason: string;
    }
  /** Nothing of it is left to ask. */
  | { readonly state: 'gone'; readonly reason: string };

/**
 * Starts, finds, follows and stops workers.
 *
 * @public
 */
export interface Executor {
  readonly name: string;
  /** Name of the place workers run in; operations of another host are not this executor's to follow. */
  readonly host: string;
  /** Starts a worker. Starting the same operation id again finds the first one. */
  start(
    spec: WorkerSpec,
    secrets: Readonly<Record<string, string>>,
  ): Promise<WorkerHandle>;
  find(operationId: string): Promise<WorkerHandle | undefined>;
  /** Events after `sinceSeq` in order, until the worker has ended and its last event was given. */
  follow(
    handle: WorkerHandle,
    sinceSeq: number,
    signal: AbortSignal,
  ): AsyncIterable<WorkerEvent>;
  state(handle: WorkerHandle): Promise<WorkerState>;
  /** Ends the worker and everything it started: by signal, then by force. Idempotent. */
  stop(
    handle: WorkerHandle,
    options: { readonly graceSeconds: number },
  ): Promise<void>;
  /** Removes the worker's remains once its operation is final. */
  forget(handle: WorkerHandle): Promise<void>;
}
