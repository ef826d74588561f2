import { mkdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, InputError, isError } from '@backstage/errors';
import {
  Executor,
  findProcess,
  killProcessGroup,
  sendSignal,
  WorkerEvent,
  WorkerHandle,
  WorkerSpec,
  WorkerState,
} from 'backstage-plugin-database-ops-node';
import { readWorkerIdentity, stateFiles, WorkerIdentity } from '../stateFolder';
import { EventFile } from './eventFile';
import { launchWorker } from './launchWorker';

const FOLLOW_INTERVAL_MS = 250;
const STOP_POLL_MS = 50;
/** For a parent that died between making a folder and starting its worker. */
const ABANDONED_START_MS = 10_000;

/**
 * Where a {@link LocalExecutor} keeps its workers' folders.
 *
 * @public
 */
export interface LocalExecutorOptions {
  /** Kept over restarts; each operation has a folder of its id below it. */
  readonly stateDirectory: string;
  /** The machine's name when absent. */
  readonly host?: string;
}

/**
 * Starts workers as detached child processes of this machine. They survive a
 * restart of this process, which finds them again by their folders.
 *
 * @public
 */
export class LocalExecutor implements Executor {
  readonly name = 'local';
  readonly host: string;
  readonly #stateDirectory: string;
  readonly #starting = new Map<string, Promise<WorkerHandle>>();

  static async create(options: LocalExecutorOptions): Promise<LocalExecutor> {
    const stateDirectory = resolve(options.stateDirectory);
    await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
    return new LocalExecutor(stateDirectory, options.host ?? hostname());
  }

  private constructor(stateDirectory: string, host: string) {
    this.#stateDirectory = stateDirectory;
    this.host = host;
  }

  async start(
    spec: WorkerSpec,
    secrets: Readonly<Record<string, string>>,
  ): Promise<WorkerHandle> {
    const { operationId } = spec;
    const present = this.#starting.get(operationId);
    if (present) {
      return present;
    }
    const starting = this.#start(spec, secrets);
    this.#starting.set(operationId, starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(operationId);
    }
  }

  async find(operationId: string): Promise<WorkerHandle | undefined> {
    const folder = this.#folderOf(operationId);
    return (await readWorkerIdentity(folder))
      ? this.#handleOf(folder)
      : undefined;
  }

  async *follow(
    handle: WorkerHandle,
    sinceSeq: number,
    signal: AbortSignal,
  ): AsyncIterable<WorkerEvent> {
    const folder = this.#folderOfHandle(handle);
    const file = new EventFile(stateFiles.events(folder));
    while (!signal.aborted) {
      // Asked before reading: what a worker wrote last is there once it has ended.
      const { state } = await this.state(handle);
      for (const event of await file.readNew()) {
        if (event.seq > sinceSeq) {
          yield event;
        }
      }
      if (state !== 'running') {
        return;
      }
      await pause(FOLLOW_INTERVAL_MS, signal);
    }
  }

  async state(handle: WorkerHandle): Promise<WorkerState> {
    const folder = this.#folderOfHandle(handle);
    const identity = await readWorkerIdentity(folder);
    if (!identity) {
      return {
        state: 'gone',
        reason: `Folder '${folder}' of the worker is not there; it was removed, or the operation ran on another machine.`,
      };
    }
    if (await isAlive(identity)) {
      return { state: 'running' };
    }
    await endLeftovers(identity);
    return endOf(await new EventFile(stateFiles.events(folder)).readNew());
  }

  async stop(
    handle: WorkerHandle,
    options: { readonly graceSeconds: number },
  ): Promise<void> {
    const identity = await readWorkerIdentity(this.#folderOfHandle(handle));
    if (!identity) {
      return;
    }
    if (await isAlive(identity)) {
      sendSignal(identity.processId, 'SIGTERM');
    }
    const deadline = performance.now() + options.graceSeconds * 1000;
    while ((await isAlive(identity)) && performance.now() < deadline) {
      await sleep(STOP_POLL_MS);
    }
    if (await isAlive(identity)) {
      await killProcessGroup(identity.processId);
    } else {
      await endLeftovers(identity);
    }
  }

  async forget(handle: WorkerHandle): Promise<void> {
    const { state } = await this.state(handle);
    if (state === 'running') {
      throw new ConflictError(
        `The worker in '${handle.reference}' still runs; stop it before it is forgotten.`,
      );
    }
    await rm(this.#folderOfHandle(handle), { recursive: true, force: true });
  }

  /**
   * The process that leads the worker's process group.
   *
   * @throws InputError when the worker's folder is gone.
   */
  async processIdOf(handle: WorkerHandle): Promise<number> {
    const identity = await readWorkerIdentity(this.#folderOfHandle(handle));
    if (!identity) {
      throw new InputError(
        `Worker '${handle.reference}' is gone; its process is not known any more.`,
      );
    }
    return identity.processId;
  }

  async #start(
    spec: WorkerSpec,
    secrets: Readonly<Record<string, string>>,
  ): Promise<WorkerHandle> {
    const folder = this.#folderOf(spec.operationId);
    const isNew = await makeFolder(folder);
    const begun = isNew ? undefined : await waitForIdentity(folder);
    if (!begun) {
      await launchWorker(folder, spec, secrets);
    }
    return this.#handleOf(folder);
  }

  #handleOf(folder: string): WorkerHandle {
    return { executor: this.name, host: this.host, reference: folder };
  }

  #folderOf(operationId: string): string {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(operationId)) {
      throw new InputError(
        `'${operationId}' is no operation id; letters, digits, dots, dashes and underscores make one.`,
      );
    }
    return join(this.#stateDirectory, operationId);
  }

  #folderOfHandle(handle: WorkerHandle): string {
    const folder = resolve(handle.reference);
    if (
      handle.executor !== this.name ||
      dirname(folder) !== this.#stateDirectory
    ) {
      throw new InputError(
        `Worker '${handle.reference}' is not one of this executor, which keeps them in '${this.#stateDirectory}'; ask the executor that started it.`,
      );
    }
    return folder;
  }
}

async function isAlive(identity: WorkerIdentity): Promise<boolean> {
  const found = await findProcess(identity.processId);
  return found?.startTime === identity.startTime;
}

/** Children that outlived a killed leader. */
async function endLeftovers(identity: WorkerIdentity): Promise<void> {
  // The system gives a group's number to no new process while the group has
  // members: a living process of that id means that the group is empty.
  if ((await findProcess(identity.processId)) === undefined) {
    await killProcessGroup(identity.processId);
  }
}

function endOf(events: readonly WorkerEvent[]): WorkerState {
  const last = events.findLast(
    ({ type }) => type === 'result' || type === 'error',
  );
  if (last?.type === 'result') {
    return { state: 'ended', exitCode: 0, reason: 'It succeeded.' };
  }
  if (last?.type === 'error') {
    return {
      state: 'ended',
      exitCode: last.cancelled ? 2 : 1,
      reason: last.failure.cause,
    };
  }
  return {
    state: 'ended',
    reason:
      'The worker ended without a result: it was killed, ran out of memory, or the machine was restarted.',
  };
}

/** False when it was there. */
async function makeFolder(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isError(error) && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

async function waitForIdentity(
  folder: string,
): Promise<WorkerIdentity | undefined> {
  const deadline = performance.now() + ABANDONED_START_MS;
  for (;;) {
    const identity = await readWorkerIdentity(folder);
    if (identity || performance.now() > deadline) {
      return identity;
    }
    await sleep(STOP_POLL_MS);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>(done => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      done();
    }
    signal.addEventListener('abort', finish, { once: true });
  });
}
