import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '@backstage/errors';
import { OperationFailure } from 'backstage-plugin-database-ops-common';
import { describeFailure } from '../failure/describeFailure';
import { OperationFailedError } from '../failure/OperationFailedError';
import { repositoryKeys } from '../inventory/repositoryKeys';
import { ObjectStore, WriteCondition } from '../store/ObjectStore';
import {
  describeHolder,
  isLeaseFree,
  LeaseRecord,
  readLease,
} from './LeaseRecord';

/**
 * Who takes the lease of which database, and for how long.
 *
 * @public
 */
export interface LeaseOptions {
  readonly store: ObjectStore;
  readonly controlPrefix: string;
  readonly databaseId: string;
  readonly operationId: string;
  readonly kind: string;
  readonly owner: string;
  readonly host: string;
  /** How long it holds without a renewal; a killed holder's lease is free 5 s later. */
  readonly leaseSeconds: number;
  /** A third of `leaseSeconds` when absent. */
  readonly renewSeconds?: number;
  /**
   * How long to wait for a holder that shows no sign of life. One that renews
   * its lease meanwhile is alive, and the wait ends. 0 when absent.
   */
  readonly waitSeconds?: number;
  /** Told once when waiting begins. */
  readonly onWait?: (holder: LeaseRecord) => void;
  /** Whether a process of this host lives; a living holder is not waited for. */
  readonly isAlive?: (processId: number) => Promise<boolean>;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
}

/** Time between the moment a holder stops and the moment others may begin. */
const FENCE_MARGIN_SECONDS = 5;

const POLL_MS = 1000;

/**
 * The right to write one database's part of a repository: an object taken and
 * renewed by conditional writes. When it cannot be renewed in time, or when
 * somebody else took it, `signal` aborts; whatever the holder started must end
 * then.
 *
 * @public
 */
export class RepositoryLease {
  readonly #options: LeaseOptions;
  readonly #key: string;
  readonly #lost = new AbortController();
  readonly #stopRenewing = new AbortController();
  readonly #renewing: Promise<void>;
  #record: LeaseRecord;
  #etag: string;
  #fence: NodeJS.Timeout | undefined;

  /**
   * @throws ConflictError naming the holder when the lease is held.
   */
  static async acquire(options: LeaseOptions): Promise<RepositoryLease> {
    const key = repositoryKeys.lease(options.controlPrefix, options.databaseId);
    const deadline = performance.now() + (options.waitSeconds ?? 0) * 1000;
    let waitingFor:
      { readonly record: LeaseRecord; readonly etag: string } | undefined;
    for (;;) {
      options.signal?.throwIfAborted();
      const present = await readLease(options.store, key);
      if (present && !isLeaseFree(present.record, new Date())) {
        const sameHolder =
          waitingFor === undefined || waitingFor.etag === present.etag;
        if (
          !sameHolder ||
          performance.now() >= deadline ||
          (await isKnownAlive(options, present.record))
        ) {
          throw new ConflictError(
            `Database '${options.databaseId}' is being worked on: its lease in the repository is held by ${describeHolder(present.record)}. Wait until that operation has ended, or cancel it.`,
          );
        }
        if (waitingFor === undefined) {
          options.onWait?.(present.record);
        }
        waitingFor = present;
        await sleep(POLL_MS, undefined, { signal: options.signal });
      } else {
        const startedAtMs = performance.now();
        const taken = await take(options, key, present);
        if (taken) {
          return new RepositoryLease(options, key, taken, startedAtMs);
        }
        // Another one was faster: look who.
        waitingFor = undefined;
      }
    }
  }

  private constructor(
    options: LeaseOptions,
    key: string,
    taken: { readonly record: LeaseRecord; readonly etag: string },
    startedAtMs: number,
  ) {
    this.#options = options;
    this.#key = key;
    this.#record = taken.record;
    this.#etag = taken.etag;
    this.#armFence(startedAtMs);
    this.#renewing = this.#renewRegularly();
  }

  /** Aborts when the lease is lost; the reason says how. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get generation(): number {
    return this.#record.generation;
  }

  /** Frees the lease. One that was lost meanwhile is left to its new holder. Idempotent. */
  async release(): Promise<void> {
    this.#stopRenewing.abort();
    clearTimeout(this.#fence);
    await this.#renewing;
    if (this.#lost.signal.aborted || this.#record.releasedAt !== undefined) {
      return;
    }
    const releasedAt = new Date().toISOString();
    // Written, not deleted, so that the generation goes on rising.
    const released = { ...this.#record, expiresAt: releasedAt, releasedAt };
    const written = await this.#overwrite(released);
    if (written) {
      this.#record = released;
      this.#etag = written;
    }
  }

  async #renewRegularly(): Promise<void> {
    const { leaseSeconds, renewSeconds = leaseSeconds / 3 } = this.#options;
    let pauseSeconds = renewSeconds;
    while (await this.#pause(pauseSeconds)) {
      try {
        await this.#renew();
        pauseSeconds = renewSeconds;
      } catch (thrown) {
        // Tried again until the fence falls, which says what the last reason was.
        this.#lastFailure = describeFailure(thrown, {
          object: `lease of database ${this.#options.databaseId}`,
        });
        pauseSeconds = Math.min(1, renewSeconds / 5);
      }
    }
  }

  #lastFailure: OperationFailure | undefined;

  async #renew(): Promise<void> {
    const { leaseSeconds, store } = this.#options;
    const startedAtMs = performance.now();
    const renewed = { ...this.#record, expiresAt: expiry(leaseSeconds) };
    const etag = await this.#overwrite(renewed);
    if (this.#lost.signal.aborted) {
      return;
    }
    if (!etag) {
      const holder = await readLease(store, this.#key);
      this.#lose(
        holder
          ? `it was taken by ${describeHolder(holder.record)}`
          : 'its object was deleted',
      );
      return;
    }
    this.#record = renewed;
    this.#etag = etag;
    this.#lastFailure = undefined;
    this.#armFence(startedAtMs);
  }

  /**
   * The new ETag, or `undefined` when the lease is another's. An earlier write
   * whose answer never came may have arrived all the same: its object is ours.
   *
   * @throws ConflictError when the store refuses its own latest ETag.
   */
  async #overwrite(record: LeaseRecord): Promise<string | undefined> {
    const { databaseId, store } = this.#options;
    for (let tries = 0; tries < 3; tries++) {
      const etag = await write(store, this.#key, record, { etag: this.#etag });
      if (etag || this.#lost.signal.aborted) {
        return etag;
      }
      const present = await readLease(store, this.#key);
      if (
        present?.record.token !== record.token ||
        present.record.releasedAt !== undefined
      ) {
        return undefined;
      }
      this.#etag = present.etag;
    }
    throw new ConflictError(
      `The lease of database '${databaseId}' could not be written, though nobody else holds it; it is tried again while it lasts.`,
    );
  }

  /** Counted from before the request was sent, so that the fence falls before the store's copy expires. */
  #armFence(startedAtMs: number): void {
    clearTimeout(this.#fence);
    const { leaseSeconds } = this.#options;
    const margin = Math.min(FENCE_MARGIN_SECONDS, leaseSeconds / 3);
    const left =
      startedAtMs + (leaseSeconds - margin) * 1000 - performance.now();
    this.#fence = setTimeout(
      () =>
        this.#lose(
          `it could not be renewed in time${this.#lastFailure ? `: ${this.#lastFailure.cause}` : ''}`,
          this.#lastFailure,
        ),
      Math.max(0, left),
    );
  }

  #lose(reason: string, failure?: OperationFailure): void {
    clearTimeout(this.#fence);
    this.#stopRenewing.abort();
    const { databaseId } = this.#options;
    const lookAgain =
      'Look at what the repository holds, then start the operation again.';
    this.#lost.abort(
      new OperationFailedError({
        cause: `The lease of database '${databaseId}' was lost: ${reason.replace(/[.]$/, '')}.`,
        // A store that is away is repaired first; the lease is only what it cost.
        object: failure?.object ?? `database ${databaseId}`,
        nextStep: failure ? `${failure.nextStep} ${lookAgain}` : lookAgain,
        code: 'lease-lost',
      }),
    );
  }

  /** False when renewing is to stop. */
  async #pause(seconds: number): Promise<boolean> {
    const { signal } = this.#stopRenewing;
    if (signal.aborted) {
      return false;
    }
    await new Promise<void>(resolve => {
      const timer = setTimeout(done, seconds * 1000);
      function done() {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done, { once: true });
    });
    return !signal.aborted;
  }
}

async function take(
  options: LeaseOptions,
  key: string,
  present: { readonly record: LeaseRecord; readonly etag: string } | undefined,
): Promise<
  { readonly record: LeaseRecord; readonly etag: string } | undefined
> {
  const record: LeaseRecord = {
    version: 1,
    owner: options.owner,
    host: options.host,
    processId: process.pid,
    operationId: options.operationId,
    kind: options.kind,
    acquiredAt: new Date().toISOString(),
    expiresAt: expiry(options.leaseSeconds),
    generation: (present?.record.generation ?? 0) + 1,
    token: randomUUID(),
  };
  const etag = await write(
    options.store,
    key,
    record,
    present ? { etag: present.etag } : 'absent',
  );
  return etag ? { record, etag } : undefined;
}

/** The new ETag, or `undefined` when the condition does not hold. */
async function write(
  store: ObjectStore,
  key: string,
  record: LeaseRecord,
  condition: WriteCondition,
): Promise<string | undefined> {
  try {
    const body = `${JSON.stringify(record)}\n`;
    return (
      await store.put(key, body, { condition, contentType: 'application/json' })
    ).etag;
  } catch (error) {
    if (!(error instanceof ConflictError)) {
      throw error;
    }
    // A retry after a lost answer meets its own first write.
    const present = await readLease(store, key);
    const isOwn =
      present?.record.token === record.token &&
      present.record.expiresAt === record.expiresAt &&
      present.record.releasedAt === record.releasedAt;
    return isOwn ? present.etag : undefined;
  }
}

async function isKnownAlive(
  options: LeaseOptions,
  holder: LeaseRecord,
): Promise<boolean> {
  return (
    options.isAlive !== undefined &&
    holder.host === options.host &&
    (await options.isAlive(holder.processId))
  );
}

function expiry(leaseSeconds: number): string {
  return new Date(Date.now() + leaseSeconds * 1000).toISOString();
}
