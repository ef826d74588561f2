/**
 * A store's own kind where it differs in what it understands. `aws` for
 * anything that keeps to AWS's rules.
 *
 * @public
 */
export type StoreKind = 'aws' | 'seaweedfs';

/**
 * Who works with a repository, as principals of a bucket policy: AWS takes
 * `arn:aws:iam::<account>:role/<name>`, SeaweedFS
 * `arn:aws:iam::000000000000:user/<identity>`.
 *
 * @public
 */
export interface RepositoryIdentities {
  /** Database hosts, which archive their log: they may write and read, not delete. */
  readonly databaseHosts: readonly string[];
  /** Portal and workers: they may also delete, which leaves a version behind, but neither remove versions nor weaken a lock. */
  readonly writers: readonly string[];
  /** What ends versions for good, within their locks. */
  readonly retention: readonly string[];
}

/**
 * A part of a repository that an engine's own tool keeps: the tool decides
 * there what expires.
 *
 * @public
 */
export interface ToolPrefix {
  /** Below the repository's prefix, ending in a slash. */
  readonly prefix: string;
  /** Whether the tool asks for server-side encryption with each put; pgBackRest 2.45 cannot. */
  readonly sendsEncryptionHeader: boolean;
}

/**
 * Moves objects to a cheaper storage class when they are of that age.
 *
 * @public
 */
export interface StorageTransition {
  /** Below the repository's prefix. */
  readonly prefix: string;
  readonly afterDays: number;
  readonly storageClass: string;
}

/**
 * How a repository's bucket shall be set up; `databaseOps.repositories.<id>.setup`.
 *
 * @public
 */
export interface RepositorySetup {
  readonly store: StoreKind;
  readonly identities: RepositoryIdentities;
  readonly toolPrefixes: readonly ToolPrefix[];
  /** Parts of uploads that nobody completed are removed after this. */
  readonly multipartLeftoversDays: number;
  /** How long a deleted or replaced object can be brought back where lifecycle rules end versions. */
  readonly noncurrentVersionDays: number;
  /** Whether objects can be locked; locks are put on objects, never by a default of the bucket. */
  readonly objectLock: boolean;
  readonly transitions: readonly StorageTransition[];
}

/**
 * One statement of a bucket policy.
 *
 * @public
 */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal: '*' | { readonly AWS: readonly string[] };
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;
}

/**
 * One lifecycle rule, less what this software never asks for.
 *
 * @public
 */
export interface LifecycleRuleSpec {
  readonly id: string;
  readonly prefix: string;
  readonly abortMultipartDays?: number;
  readonly noncurrentDays?: number;
  readonly removeExpiredDeleteMarkers?: boolean;
  readonly transition?: {
    readonly days: number;
    readonly storageClass: string;
  };
}

/**
 * What `apply` changes and `check` compares, one thing a line.
 *
 * @public
 */
export type SetupAspect =
  | 'bucket'
  | 'encryption'
  | 'versioning'
  | 'object-lock'
  | 'public-access'
  | 'policy'
  | 'lifecycle'
  | 'transitions'
  | 'layout';

/**
 * How one aspect stands. `unsupported` is not `ok`: the store cannot do it.
 *
 * @public
 */
export interface SetupFinding {
  readonly aspect: SetupAspect;
  readonly state: 'ok' | 'differs' | 'unsupported' | 'unknown';
  /** Backups are in danger now, not only less well kept. */
  readonly danger?: boolean;
  readonly sentence: string;
  /** What `apply` would do, a line each; empty unless `differs`. */
  readonly changes: readonly string[];
}
