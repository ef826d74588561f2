import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import { RepositoryDefinition } from '../databases/types';
import { LockTerm, ObjectLock } from '../expiry/objectLock';
import { createS3Client, S3ObjectStoreOptions } from './createS3Client';
import { describeS3Error } from './describeS3Error';
import { ObjectStore, StoredObject, WriteCondition } from './ObjectStore';

/** Small enough that a part fits into a request's time on a slow line. */
const PART_SIZE_BYTES = 8 * 1024 * 1024;

/**
 * A repository's bucket and prefix over S3.
 *
 * @public
 */
export class S3ObjectStore implements ObjectStore {
  readonly #client: S3Client;
  readonly #repository: RepositoryDefinition;

  /** @throws InputError when the file with the certificate authority cannot be read. */
  static async create(
    repository: RepositoryDefinition,
    options: S3ObjectStoreOptions = {},
  ): Promise<S3ObjectStore> {
    const client = await createS3Client(repository, options);
    return new S3ObjectStore(client, repository);
  }

  private constructor(client: S3Client, repository: RepositoryDefinition) {
    this.#client = client;
    this.#repository = repository;
  }

  async put(
    key: string,
    body: string | Buffer,
    options: {
      readonly condition?: WriteCondition;
      readonly contentType?: string;
    } = {},
  ): Promise<{ readonly etag: string }> {
    const { condition } = options;
    const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
    try {
      const written = await this.#client.send(
        new PutObjectCommand({
          ...this.#object(key),
          Body: bytes,
          ContentLength: bytes.length,
          ContentType: options.contentType,
          ServerSideEncryption: this.#repository.serverSideEncryption,
          ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
          IfNoneMatch: condition === 'absent' ? '*' : undefined,
          IfMatch: typeof condition === 'object' ? condition.etag : undefined,
        }),
      );
      return { etag: written.ETag ?? '' };
    } catch (thrown) {
      const described = describeS3Error(thrown, this.#repository, key);
      // The object that should still be there is gone: the condition does not hold.
      if (typeof condition === 'object' && described instanceof NotFoundError) {
        throw new ConflictError(described.message, thrown);
      }
      throw described;
    }
  }

  async putStream(
    key: string,
    body: Readable,
    options: {
      readonly signal?: AbortSignal;
      readonly contentType?: string;
    } = {},
  ): Promise<{ readonly etag: string; readonly sizeBytes: number }> {
    const { signal } = options;
    signal?.throwIfAborted();
    let sizeBytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        sizeBytes += chunk.length;
        done(undefined, chunk);
      },
    });
    const upload = new Upload({
      client: this.#client,
      partSize: PART_SIZE_BYTES,
      queueSize: 2,
      params: {
        ...this.#object(key),
        Body: counted,
        ContentType: options.contentType,
        ServerSideEncryption: this.#repository.serverSideEncryption,
        ChecksumAlgorithm: 'SHA256',
      },
    });
    let aborting: Promise<unknown> | undefined;
    const abort = () => {
      aborting = upload.abort();
      body.destroy();
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const [written] = await Promise.all([
        upload.done(),
        pipeline(body, counted),
      ]);
      return { etag: written.ETag ?? '', sizeBytes };
    } catch (thrown) {
      const sourceFailure = body.errored;
      counted.destroy();
      await (aborting ?? upload.abort());
      signal?.throwIfAborted();
      if (sourceFailure) {
        throw sourceFailure;
      }
      throw describeS3Error(thrown, this.#repository, key);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async get(
    key: string,
  ): Promise<{ readonly body: Buffer; readonly etag: string } | undefined> {
    try {
      const found = await this.#client.send(
        new GetObjectCommand(this.#object(key)),
      );
      const bytes = await found.Body?.transformToByteArray();
      return { body: Buffer.from(bytes ?? []), etag: found.ETag ?? '' };
    } catch (thrown) {
      return this.#undefinedWhenAbsent(thrown, key);
    }
  }

  async getStream(key: string): Promise<Readable> {
    try {
      const found = await this.#client.send(
        new GetObjectCommand(this.#object(key)),
      );
      return found.Body as Readable;
    } catch (thrown) {
      throw describeS3Error(thrown, this.#repository, key);
    }
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    let token: string | undefined;
    do {
      const page = await this.#listPage(prefix, token);
      for (const entry of page.Contents ?? []) {
        yield {
          key: (entry.Key ?? '').slice(this.#repository.prefix.length),
          etag: entry.ETag ?? '',
          sizeBytes: entry.Size ?? 0,
          modifiedAt: entry.LastModified ?? new Date(0),
          storageClass: entry.StorageClass,
        };
      }
      token = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (token);
  }

  async delete(
    key: string,
    options: { readonly condition?: WriteCondition } = {},
  ): Promise<void> {
    const { condition } = options;
    if (condition === 'absent') {
      throw new InputError(
        `Object '${key}' cannot be deleted on condition that it is absent.`,
      );
    }
    try {
      await this.#client.send(
        new DeleteObjectCommand({
          ...this.#object(key),
          IfMatch: condition?.etag,
        }),
      );
    } catch (thrown) {
      this.#undefinedWhenAbsent(thrown, key);
    }
  }

  async encryptionOf(key: string): Promise<string | undefined> {
    try {
      const head = await this.#client.send(
        new HeadObjectCommand(this.#object(key)),
      );
      return head.ServerSideEncryption;
    } catch (thrown) {
      throw describeS3Error(thrown, this.#repository, key);
    }
  }

  async lock(key: string, { until, atLeast }: LockTerm): Promise<ObjectLock> {
    try {
      const head = await this.#client.send(
        new HeadObjectCommand(this.#object(key)),
      );
      const lockedUntil = head.ObjectLockRetainUntilDate;
      if (lockedUntil !== undefined && lockedUntil >= atLeast) {
        return { renewed: false, until: lockedUntil };
      }
      await this.#client.send(
        new PutObjectRetentionCommand({
          ...this.#object(key),
          VersionId: head.VersionId,
          Retention: {
            // Who may bypass it says the bucket's policy: nobody.
            Mode: head.ObjectLockMode ?? 'GOVERNANCE',
            RetainUntilDate: until,
          },
        }),
      );
      return { renewed: true, until };
    } catch (thrown) {
      throw describeS3Error(thrown, this.#repository, key);
    }
  }

  async lockedUntil(key: string): Promise<Date | undefined> {
    try {
      const head = await this.#client.send(
        new HeadObjectCommand(this.#object(key)),
      );
      return head.ObjectLockRetainUntilDate;
    } catch (thrown) {
      throw describeS3Error(thrown, this.#repository, key);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #listPage(prefix: string, token: string | undefined) {
    try {
      return await this.#client.send(
        new ListObjectsV2Command({
          Bucket: this.#repository.bucket,
          Prefix: `${this.#repository.prefix}${prefix}`,
          ContinuationToken: token,
        }),
      );
    } catch (thrown) {
      throw describeS3Error(thrown, this.#repository, prefix);
    }
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return {
      Bucket: this.#repository.bucket,
      Key: `${this.#repository.prefix}${key}`,
    };
  }

  #undefinedWhenAbsent(thrown: unknown, key: string): undefined {
    const described = describeS3Error(thrown, this.#repository, key);
    if (described instanceof NotFoundError) {
      return undefined;
    }
    throw described;
  }
}
