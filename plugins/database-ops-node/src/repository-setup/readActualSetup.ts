import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  LifecycleRule,
  S3Client,
} from '@aws-sdk/client-s3';
import { toError } from '@backstage/errors';
import { DesiredSetup } from './desiredSetup';

/** A fact of a bucket, or why it is not known. */
export type Reading<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'unsupported' }
  | { readonly state: 'unreadable'; readonly reason: string };

/** A policy as stored: statements of anybody's making. */
export type StoredStatement = Readonly<Record<string, unknown>>;

/** What a bucket says of locks. */
export interface ObjectLockFacts {
  readonly enabled: boolean;
  /** In words, when the bucket locks each new object. */
  readonly defaultRetention?: string;
}

/** How a bucket is. */
export interface ActualSetup {
  readonly bucket: Reading<boolean>;
  /** Algorithm of the default encryption. */
  readonly encryption: Reading<string | undefined>;
  readonly versioning: Reading<boolean>;
  readonly objectLock: Reading<ObjectLockFacts>;
  /** Whether each of the four blocks is on. */
  readonly publicAccess: Reading<boolean>;
  readonly statements: Reading<readonly StoredStatement[]>;
  readonly rules: Reading<readonly LifecycleRule[]>;
  /** Text by key; an absent marker is absent here. */
  readonly markers: Reading<ReadonlyMap<string, string>>;
}

/** Errors by which stores say that nothing has been set. */
const NOTHING_SET = new Set([
  'NoSuchBucketPolicy',
  'NoSuchLifecycleConfiguration',
  'NoSuchPublicAccessBlockConfiguration',
  'ObjectLockConfigurationNotFoundError',
  'ServerSideEncryptionConfigurationNotFoundError',
]);

/** Not a right that is missing: nothing can be learned with that account. */
const WRONG_ACCOUNT = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch']);

/**
 * Reads how a bucket is set up; changes nothing.
 *
 * @throws whatever the client throws when the store does not answer at all
 */
export async function readActualSetup(
  client: S3Client,
  desired: DesiredSetup,
): Promise<ActualSetup> {
  const Bucket = desired.repository.bucket;
  const bucket = await read(async () => {
    try {
      await client.send(new HeadBucketCommand({ Bucket }));
      return true;
    } catch (thrown) {
      if (statusOf(thrown) === 404) {
        return false;
      }
      throw thrown;
    }
  }, true);
  if (bucket.state === 'read' && !bucket.value) {
    return absentBucket(bucket);
  }
  const [
    encryption,
    versioning,
    objectLock,
    publicAccess,
    statements,
    rules,
    markers,
  ] = await Promise.all([
    read(async () => {
      const found = await client.send(
        new GetBucketEncryptionCommand({ Bucket }),
      );
      const [rule] = found.ServerSideEncryptionConfiguration?.Rules ?? [];
      return rule?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm as
        string | undefined;
    }, undefined),
    read(async () => {
      const found = await client.send(
        new GetBucketVersioningCommand({ Bucket }),
      );
      return found.Status === 'Enabled';
    }, false),
    read(() => readObjectLock(client, Bucket), { enabled: false }),
    read(async () => {
      const found = await client.send(
        new GetPublicAccessBlockCommand({ Bucket }),
      );
      const block = found.PublicAccessBlockConfiguration;
      return Boolean(
        block?.BlockPublicAcls &&
        block.BlockPublicPolicy &&
        block.IgnorePublicAcls &&
        block.RestrictPublicBuckets,
      );
    }, false),
    read(() => readStatements(client, Bucket), []),
    read(async () => {
      const found = await client.send(
        new GetBucketLifecycleConfigurationCommand({ Bucket }),
      );
      return found.Rules ?? [];
    }, []),
    read(() => readMarkers(client, desired), new Map<string, string>()),
  ]);
  return {
    bucket,
    encryption,
    versioning,
    objectLock,
    publicAccess,
    statements,
    rules,
    markers,
  };
}

/** The HTTP status of a store's refusal. */
export function statusOf(thrown: unknown): number | undefined {
  return (
    thrown as
      { readonly $metadata?: { readonly httpStatusCode?: number } } | undefined
  )?.$metadata?.httpStatusCode;
}

async function read<T>(
  ask: () => Promise<T>,
  whenNothingSet: T,
): Promise<Reading<T>> {
  try {
    return { state: 'read', value: await ask() };
  } catch (thrown) {
    const { name } = toError(thrown);
    if (NOTHING_SET.has(name)) {
      return { state: 'read', value: whenNothingSet };
    }
    const status = statusOf(thrown);
    if (status === 501) {
      return { state: 'unsupported' };
    }
    if (WRONG_ACCOUNT.has(name)) {
      throw thrown;
    }
    if (status === 401 || status === 403) {
      return {
        state: 'unreadable',
        reason: `the store refuses to tell (${name}, HTTP ${status})`,
      };
    }
    throw thrown;
  }
}

async function readObjectLock(
  client: S3Client,
  Bucket: string,
): Promise<ObjectLockFacts> {
  const found = await client.send(
    new GetObjectLockConfigurationCommand({ Bucket }),
  );
  const retention = found.ObjectLockConfiguration?.Rule?.DefaultRetention;
  const length = retention?.Years
    ? `${retention.Years} years`
    : `${retention?.Days} days`;
  return {
    enabled: found.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
    defaultRetention: retention && `${retention.Mode} for ${length}`,
  };
}

async function readStatements(
  client: S3Client,
  Bucket: string,
): Promise<readonly StoredStatement[]> {
  const found = await client.send(new GetBucketPolicyCommand({ Bucket }));
  const parsed = JSON.parse(found.Policy ?? '{}') as {
    readonly Statement?: StoredStatement | readonly StoredStatement[];
  };
  return [parsed.Statement ?? []].flat() as readonly StoredStatement[];
}

async function readMarkers(
  client: S3Client,
  { repository, markers }: DesiredSetup,
): Promise<ReadonlyMap<string, string>> {
  const texts = await Promise.all(
    markers.map(async ({ key }): Promise<[string, string][]> => {
      try {
        const found = await client.send(
          new GetObjectCommand({
            Bucket: repository.bucket,
            Key: `${repository.prefix}${key}`,
          }),
        );
        return [[key, (await found.Body?.transformToString('utf8')) ?? '']];
      } catch (thrown) {
        if (statusOf(thrown) === 404) {
          return [];
        }
        throw thrown;
      }
    }),
  );
  return new Map(texts.flat());
}

function absentBucket(bucket: Reading<boolean>): ActualSetup {
  const value = <T>(value_: T) => ({ state: 'read', value: value_ }) as const;
  return {
    bucket,
    encryption: value(undefined),
    versioning: value(false),
    objectLock: value({ enabled: false }),
    publicAccess: value(false),
    statements: value([]),
    rules: value([]),
    markers: value(new Map()),
  };
}
