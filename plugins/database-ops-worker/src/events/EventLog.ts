import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { JsonObject } from '@backstage/types';
import {
  OperationFailure,
  OperationProgress,
} from 'backstage-plugin-database-ops-common';
import { Redactor, WorkerEvent } from 'backstage-plugin-database-ops-node';

type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type EventContent = WorkerEvent extends infer TEvent
  ? TEvent extends WorkerEvent
    ? Omit<TEvent, 'seq' | 'at'>
    : never
  : never;

/** More often than people can see only fills the file. */
const PROGRESS_INTERVAL_MS = 250;

/**
 * The events of a worker as JSON lines in a file, one writer, in order. What
 * is known to be secret never gets there.
 */
export class EventLog {
  readonly #descriptor: number;
  readonly #redactor: Redactor;
  #seq = 0;
  #percent = 0;
  #step: string | undefined;
  #progressAtMs = -Infinity;
  /** A line was begun that a full disk did not let end. */
  #isTorn = false;

  static open(path: string, redactor: Redactor): EventLog {
    return new EventLog(openSync(path, 'a', 0o600), redactor);
  }

  private constructor(descriptor: number, redactor: Redactor) {
    this.#descriptor = descriptor;
    this.#redactor = redactor;
  }

  log(level: LogLevel, message: string): void {
    this.#append({
      type: 'log',
      level,
      message: this.#redactor.redact(message),
    });
  }

  /** A percent below an earlier one is ignored. */
  progress(progress: OperationProgress): void {
    const { percent = this.#percent, step = this.#step } = progress;
    const now = performance.now();
    const isNews = step !== this.#step || percent >= 100;
    const isTooSoon = now - this.#progressAtMs < PROGRESS_INTERVAL_MS;
    if (percent < this.#percent || (isTooSoon && !isNews)) {
      return;
    }
    this.#percent = Math.min(100, percent);
    this.#step = step;
    this.#progressAtMs = now;
    const shown = {
      ...progress,
      ...(progress.percent === undefined ? {} : { percent: this.#percent }),
    };
    this.#append({
      type: 'progress',
      progress: this.#redactor.redactValue(shown),
    });
  }

  result(data: JsonObject): void {
    this.#append({ type: 'result', data });
    fsyncSync(this.#descriptor);
  }

  error(failure: OperationFailure, cancelled: boolean): void {
    this.#append({
      type: 'error',
      failure,
      ...(cancelled ? { cancelled } : {}),
    });
    fsyncSync(this.#descriptor);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #append(content: EventContent): void {
    this.#seq += 1;
    const event = { seq: this.#seq, at: new Date().toISOString(), ...content };
    this.#write(`${this.#isTorn ? '\n' : ''}${JSON.stringify(event)}\n`);
  }

  /** A write may take less than it was given; the next then says why, or takes the rest. */
  #write(text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    let written = 0;
    try {
      while (written < bytes.length) {
        written += writeSync(this.#descriptor, bytes, written);
      }
      this.#isTorn = false;
    } catch (error) {
      this.#isTorn ||= written > 0;
      throw error;
    }
  }
}
