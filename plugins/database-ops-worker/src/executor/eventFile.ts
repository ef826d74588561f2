import { open } from 'node:fs/promises';
import { isError } from '@backstage/errors';
import { WorkerEvent } from 'backstage-plugin-database-ops-node';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const EVENT_TYPES: readonly string[] = ['log', 'progress', 'result', 'error'];

/** Reads a growing file of events from where it was left. */
export class EventFile {
  readonly #path: string;
  #offset = 0;
  /** The beginning of a line whose end is not written yet. */
  #rest = Buffer.alloc(0);
  #lastSeq = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The events that were added since the last call. */
  async readNew(): Promise<readonly WorkerEvent[]> {
    const added = await this.#readBytes();
    const content = Buffer.concat([this.#rest, added]);
    const end = content.lastIndexOf(NEWLINE) + 1;
    this.#rest = content.subarray(end);
    return content
      .subarray(0, end)
      .toString('utf8')
      .split('\n')
      .filter(line => line.length > 0)
      .map(line => this.#read(line));
  }

  #read(line: string): WorkerEvent {
    // A torn line had the number after the one before it.
    const event = parse(line) ?? {
      seq: this.#lastSeq + 1,
      at: new Date().toISOString(),
      type: 'log',
      level: 'warn',
      message: `An event of ${Buffer.byteLength(line)} bytes cannot be read and is left out; the disk of the worker's host may have been full.`,
    };
    this.#lastSeq = event.seq;
    return event;
  }

  async #readBytes(): Promise<Buffer> {
    let file;
    try {
      file = await open(this.#path, 'r');
    } catch (error) {
      if (isError(error) && error.code === 'ENOENT') {
        return Buffer.alloc(0);
      }
      throw error;
    }
    try {
      const chunks: Buffer[] = [];
      for (;;) {
        const chunk = Buffer.alloc(CHUNK_BYTES);
        const { bytesRead } = await file.read(
          chunk,
          0,
          CHUNK_BYTES,
          this.#offset,
        );
        if (bytesRead === 0) {
          return Buffer.concat(chunks);
        }
        this.#offset += bytesRead;
        chunks.push(chunk.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }
}

/** `undefined` when the line is no event. */
function parse(line: string): WorkerEvent | undefined {
  let event: Partial<WorkerEvent> | null;
  try {
    event = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
  return Number.isInteger(event?.seq) &&
    EVENT_TYPES.includes(String(event?.type))
    ? (event as WorkerEvent)
    : undefined;
}
