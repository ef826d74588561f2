import { S3Client } from '@aws-sdk/client-s3';
import { RepositoryDefinition } from '../databases/types';
import {
  createS3Client,
  S3Credentials,
  S3ObjectStoreOptions,
} from '../store/createS3Client';
import { describeS3Error } from '../store/describeS3Error';
import { OperationFailedError } from '../failure/OperationFailedError';
import { applySetup } from './applySetup';
import { DesiredSetup, desiredSetup } from './desiredSetup';
import { diffSetup } from './diffSetup';
import { planUndelete, UndeleteStep } from './planUndelete';
import { ActualSetup, readActualSetup } from './readActualSetup';
import { SetupFinding } from './types';
import { listVersions, undeleteObject } from './undelete';

/**
 * What {@link RepositoryBucket} is opened with besides the repository.
 *
 * @public
 */
export interface RepositoryBucketOptions extends S3ObjectStoreOptions {
  /** An account that may change the bucket; the repository's own when absent, which should not. */
  readonly credentials?: S3Credentials;
}

/**
 * The bucket behind a repository: how it is set up against how configuration
 * wants it.
 *
 * @public
 */
export class RepositoryBucket {
  readonly #client: S3Client;
  readonly #repository: RepositoryDefinition;
  readonly #desired: DesiredSetup;

  /** @throws InputError when the file with the certificate authority cannot be read. */
  static async open(
    repository: RepositoryDefinition,
    options: RepositoryBucketOptions = {},
  ): Promise<RepositoryBucket> {
    const { credentials, ...rest } = options;
    return new RepositoryBucket(
      await createS3Client(repository, rest, credentials),
      repository,
    );
  }

  private constructor(client: S3Client, repository: RepositoryDefinition) {
    this.#client = client;
    this.#repository = repository;
    this.#desired = desiredSetup(repository);
  }

  /**
   * How each aspect stands; changes nothing.
   *
   * @throws OperationFailedError when the store does not answer
   */
  async check(): Promise<readonly SetupFinding[]> {
    return diffSetup(await this.#read(), this.#desired);
  }

  /**
   * Makes right what differs, and tells how each aspect stands afterwards, as
   * read back.
   *
   * @throws OperationFailedError when the store does not answer or refuses
   */
  async apply(): Promise<readonly SetupFinding[]> {
    const actual = await this.#read();
    const unsupported = await this.#describing(() =>
      applySetup(this.#client, {
        actual,
        desired: this.#desired,
        findings: diffSetup(actual, this.#desired),
      }),
    );
    return diffSetup(await this.#read(), {
      ...this.#desired,
      unsupported: [...this.#desired.unsupported, ...unsupported],
    });
  }

  /**
   * What brings back the objects that were there just before a time and are
   * deleted now; leases are never among them.
   *
   * @param below - prefix within the repository; empty for all of it
   */
  async planUndelete(
    before: Date,
    below = '',
  ): Promise<readonly UndeleteStep[]> {
    return this.#describing(async () =>
      planUndelete(
        await listVersions(this.#client, this.#repository, below),
        before,
      ),
    );
  }

  /** Brings one object back; doing it again changes nothing. */
  async undelete(step: UndeleteStep): Promise<void> {
    await this.#describing(() =>
      undeleteObject(this.#client, this.#repository, step),
    );
  }

  close(): void {
    this.#client.destroy();
  }

  #read(): Promise<ActualSetup> {
    return this.#describing(() => readActualSetup(this.#client, this.#desired));
  }

  async #describing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw thrown instanceof OperationFailedError
        ? thrown
        : describeS3Error(thrown, this.#repository);
    }
  }
}
