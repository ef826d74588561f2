import { ConflictError, NotFoundError } from '@backstage/errors';
import {
  ObjectStore,
  StoredObject,
  WriteCondition,
} from 'backstage-plugin-database-ops-node';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

/** A bucket in memory with conditional writes; `down` makes it unreachable. */
export class MemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, { body: Buffer; etag: string }>();
  down = false;
  #writes = 0;

  async put(
    key: string,
    body: string | Buffer,
    options: { readonly condition?: WriteCondition } = {},
  ): Promise<{ readonly etag: string }> {
    this.#assertUp();
    const { condition } = options;
    const found = this.objects.get(key);
    const holds =
      condition === undefined ||
      (condition === 'absent' ? !found : found?.etag === condition.etag);
    if (!holds) {
      throw new ConflictError(`Object '${key}' is not as expected.`);
    }
    this.#writes += 1;
    const etag = `"${this.#writes}"`;
    this.objects.set(key, { body: Buffer.from(body), etag });
    return { etag };
  }

  async putStream(
    key: string,
    body: Readable,
  ): Promise<{ readonly etag: string; readonly sizeBytes: number }> {
    const bytes = await buffer(body);
    const { etag } = await this.put(key, bytes);
    return { etag, sizeBytes: bytes.length };
  }

  async get(
    key: string,
  ): Promise<{ readonly body: Buffer; readonly etag: string } | undefined> {
    this.#assertUp();
    return this.objects.get(key);
  }

  async getStream(key: string): Promise<Readable> {
    const found = await this.get(key);
    if (!found) {
      throw new NotFoundError(`There is no object '${key}'.`);
    }
    return Readable.from(found.body);
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    this.#assertUp();
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix)) {
        const { body, etag } = this.objects.get(key)!;
        yield {
          key,
          etag,
          sizeBytes: body.length,
          modifiedAt: new Date(0),
        };
      }
    }
  }

  async delete(key: string): Promise<void> {
    this.#assertUp();
    this.objects.delete(key);
  }

  async encryptionOf(): Promise<string | undefined> {
    return undefined;
  }

  close(): void {}

  #assertUp(): void {
    if (this.down) {
      throw new Error('The repository does not answer.');
    }
  }
}
