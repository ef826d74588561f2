import { toError } from '@backstage/errors';
import { WorkerEvent } from 'backstage-plugin-database-ops-node';

/** Quick enough for a live log, slow enough that a talkative tool does not flood the database. */
const FLUSH_AFTER_MS = 400;
const FLUSH_AT_EVENTS = 200;

/** Gathers a worker's events and hands them on together, in order. */
export class EventBatcher {
  readonly #write: (events: readonly WorkerEvent[]) => Promise<void>;
  #pending: WorkerEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  constructor(write: (events: readonly WorkerEvent[]) => Promise<void>) {
    this.#write = write;
  }

  /** @throws the first failure to write. */
  async add(event: WorkerEvent): Promise<void> {
    this.#pending.push(event);
    if (this.#failure || this.#pending.length >= FLUSH_AT_EVENTS) {
      await this.flush();
    } else {
      this.#timer ??= setTimeout(() => this.#startWriting(), FLUSH_AFTER_MS);
    }
  }

  /** Resolves when everything added so far is written. @throws the first failure to write. */
  async flush(): Promise<void> {
    this.#startWriting();
    await this.#writing;
    if (this.#failure) {
      throw this.#failure;
    }
  }

  #startWriting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#pending;
    this.#pending = [];
    if (events.length > 0) {
      this.#writing = this.#writing.then(() => this.#writeInTurn(events));
    }
  }

  async #writeInTurn(events: readonly WorkerEvent[]): Promise<void> {
    if (this.#failure) {
      return;
    }
    try {
      await this.#write(events);
    } catch (thrown) {
      this.#failure = toError(thrown);
    }
  }
}
