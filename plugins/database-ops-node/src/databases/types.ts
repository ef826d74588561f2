import { RepositorySetup } from '../repository-setup/types';
import { Secret } from '../secrets/Secret';

/**
 * Where backups live: a bucket and prefix of an S3 store.
 *
 * @public
 */
export interface RepositoryDefinition {
  readonly id: string;
  /** `https://host:port`; absent for AWS itself. */
  readonly endpoint?: string;
  readonly region: string;
  readonly bucket: string;
  /** Prefix of everything of ours in the bucket, without a leading slash, empty or ending in one. */
  readonly prefix: string;
  /** Prefix (below `prefix`) of leases; has no default retention. */
  readonly controlPrefix: string;
  readonly forcePathStyle: boolean;
  /** PEM file that the store's certificate is checked with; the system's authorities when absent. */
  readonly caFile?: string;
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  /** The identity that alone removes backups, where there is one; workers of kind `expire` get it. */
  readonly retention?: Pick<
    RepositoryDefinition,
    'accessKeyId' | 'secretAccessKey'
  >;
  /** Server-side encryption asked for with each put; `undefined` leaves it to the bucket's default. */
  readonly serverSideEncryption?: 'AES256' | 'aws:kms';
  /** How the bucket shall be set up; nobody checks it when absent. */
  readonly setup?: RepositorySetup;
  /** What storage costs there; nothing is estimated when absent. */
  readonly prices?: StoragePrices;
}

/**
 * What a store charges for keeping data, as configured: there are no built-in
 * prices.
 *
 * @public
 */
export interface StoragePrices {
  /** ISO 4217, for example `EUR`. */
  readonly currency: string;
  /** For 10^9 bytes and month, by storage class, for example `STANDARD`. */
  readonly perGigabyteMonth: Readonly<Record<string, number>>;
}

/**
 * One managed database as an engine sees it: its own configuration parsed by
 * the engine's `readConfig`, with secrets wrapped.
 *
 * @public
 */
export interface DatabaseDefinition<TConfig = unknown> {
  readonly id: string;
  readonly title: string;
  readonly engine: string;
  readonly environment?: string;
  /**
   * Every repository of the database, in the order of configuration: tools that
   * number their repositories count from here. Absent means its only one.
   */
  readonly repositoryIds?: readonly string[];
  readonly config: TConfig;
}
