import { open } from 'node:fs/promises';
import { isError } from '@backstage/errors';
import { WorkerEvent } from 'backstage-plugin-database-ops-node';

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Reads a growing file of events from where it was left. */
export class EventFile {
  readonly #path: string;
  #offset = 0;
  /** The beginning of a line whose end is not written yet. */
  #rest = Buffer.alloc(0);

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
      .map(line => JSON.parse(line) as WorkerEvent);
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
