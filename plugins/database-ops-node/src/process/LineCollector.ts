import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { Redactor } from '../secrets/Redactor';
import { RunOptions } from './ProcessRunner';

const KEPT_CHARACTERS = 64 * 1024 * 1024;
const KEPT_LAST_LINES = 20;

/** Gathers a child's output, and hands out its lines with secrets redacted. */
export class LineCollector {
  readonly #redactor: Redactor;
  readonly #onLine: RunOptions['onLine'];
  readonly #last: string[] = [];
  readonly #kept = { stdout: '', stderr: '' };

  constructor(redactor: Redactor, onLine: RunOptions['onLine']) {
    this.#redactor = redactor;
    this.#onLine = onLine;
  }

  get stdout(): string {
    return this.#kept.stdout;
  }

  get stderr(): string {
    return this.#kept.stderr;
  }

  /** The last lines of both streams, redacted. */
  get last(): readonly string[] {
    return this.#last;
  }

  /** Resolves at the stream's end. */
  async collect(stream: Readable, name: 'stdout' | 'stderr'): Promise<void> {
    for await (const line of createInterface({
      input: stream,
      crlfDelay: Infinity,
    })) {
      if (this.#kept[name].length < KEPT_CHARACTERS) {
        this.#kept[name] += `${line}\n`;
      }
      const shown = this.#redactor.redact(line);
      if (shown.trim()) {
        this.#last.push(shown);
        this.#last.splice(0, this.#last.length - KEPT_LAST_LINES);
      }
      this.#onLine?.(shown, name);
    }
  }
}
