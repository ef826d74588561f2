import { Readable } from 'node:stream';
import { LockTerm, ObjectLock } from '../expiry/objectLock';

/**
 * An object as listed or read.
 *
 * @public
 */
export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** For example `STANDARD`; absent where the store does not say. */
  readonly storageClass?: string;
}

/**
 * Condition of a write: `absent` wins only when no object of that key exists,
 * `{ etag }` only when the object is still that one.
 *
 * @public
 */
export type WriteCondition = 'absent' | { readonly etag: string };

/**
 * A bucket and prefix. Keys are relative to the prefix.
 *
 * @public
 */
export interface ObjectStore {
  /** @throws ConflictError when the condition does not hold. */
  put(
    key: string,
    body: string | Buffer,
    options?: {
      readonly condition?: WriteCondition;
      readonly contentType?: string;
    },
  ): Promise<{ readonly etag: string }>;
  /** Streams a body of unknown length by multipart upload, with SHA-256 checksums. Aborting leaves no object. */
  putStream(
    key: string,
    body: Readable,
    options?: { readonly signal?: AbortSignal; readonly contentType?: string },
  ): Promise<{ readonly etag: string; readonly sizeBytes: number }>;
  /** `undefined` when absent. */
  get(
    key: string,
  ): Promise<{ readonly body: Buffer; readonly etag: string } | undefined>;
  /** @throws NotFoundError when absent. */
  getStream(key: string): Promise<Readable>;
  /** In key order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Idempotent. @throws ConflictError when the condition does not hold. */
  delete(
    key: string,
    options?: { readonly condition?: WriteCondition },
  ): Promise<void>;
  /** What the last put of that key was encrypted with, as the store says. */
  encryptionOf(key: string): Promise<string | undefined>;
  /**
   * Locks an object against removal and change of that version, or lengthens
   * its lock; never shortens it. Absent in stores without Object Lock.
   *
   * @throws NotFoundError when absent
   */
  lock?(key: string, term: LockTerm): Promise<ObjectLock>;
  /** Until when an object is locked; `undefined` when it is not. */
  lockedUntil?(key: string): Promise<Date | undefined>;
  close(): void;
}
