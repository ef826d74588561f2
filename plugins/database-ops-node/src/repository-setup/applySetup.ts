import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { toError } from '@backstage/errors';
import { OperationFailedError } from '../failure/OperationFailedError';
import { DesiredSetup } from './desiredSetup';
import { mergeLifecycle } from './mergeLifecycle';
import { mergePolicy } from './mergePolicy';
import { ActualSetup, Reading, statusOf } from './readActualSetup';
import { SetupAspect, SetupFinding } from './types';

interface Step {
  readonly client: S3Client;
  readonly actual: ActualSetup;
  readonly desired: DesiredSetup;
}

/** What makes each aspect right; in the order in which they may be done. */
const STEPS: Record<SetupAspect, (step: Step) => Promise<unknown>> = {
  bucket: ({ client, desired: { repository, objectLock } }) =>
    client.send(
      new CreateBucketCommand({
        Bucket: repository.bucket,
        ObjectLockEnabledForBucket: objectLock || undefined,
        ...(repository.endpoint === undefined &&
          repository.region !== 'us-east-1' && {
            CreateBucketConfiguration: {
              LocationConstraint: repository.region as 'eu-central-1',
            },
          }),
      }),
    ),
  'public-access': ({ client, desired }) =>
    client.send(
      new PutPublicAccessBlockCommand({
        Bucket: desired.repository.bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      }),
    ),
  encryption: ({ client, desired: { repository, encryption } }) =>
    client.send(
      new PutBucketEncryptionCommand({
        Bucket: repository.bucket,
        ServerSideEncryptionConfiguration: {
          Rules: [
            {
              ApplyServerSideEncryptionByDefault: { SSEAlgorithm: encryption },
            },
          ],
        },
      }),
    ),
  versioning: ({ client, desired }) =>
    client.send(
      new PutBucketVersioningCommand({
        Bucket: desired.repository.bucket,
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    ),
  'object-lock': ({ client, desired }) =>
    client.send(
      new PutObjectLockConfigurationCommand({
        Bucket: desired.repository.bucket,
        // Without a rule: a default would lock leases too.
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' },
      }),
    ),
  layout: async ({ client, desired: { repository, encryption, markers } }) => {
    for (const { key, text } of markers) {
      await client.send(
        new PutObjectCommand({
          Bucket: repository.bucket,
          Key: `${repository.prefix}${key}`,
          Body: text,
          ContentType: 'text/markdown; charset=utf-8',
          ServerSideEncryption: encryption,
        }),
      );
    }
  },
  policy: ({ client, actual, desired }) =>
    client.send(
      new PutBucketPolicyCommand({
        Bucket: desired.repository.bucket,
        Policy: JSON.stringify({
          Version: '2012-10-17',
          Statement: mergePolicy(
            desired.repository,
            valueOf(actual.statements),
            desired.statements,
          ).statements,
        }),
      }),
    ),
  lifecycle: putLifecycle,
  transitions: putLifecycle,
};

/** The whole configuration is put at once; where transitions are unsupported, the rest. */
async function putLifecycle({ client, actual, desired }: Step): Promise<void> {
  const { unsupported, transitions } = desired;
  const { rules } = mergeLifecycle(valueOf(actual.rules), {
    ...desired,
    transitions: unsupported.includes('transitions') ? [] : transitions,
  });
  await client.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: desired.repository.bucket,
      LifecycleConfiguration: { Rules: [...rules] },
    }),
  );
}

/** What differs was read before. */
function valueOf<T>(reading: Reading<readonly T[]>): readonly T[] {
  return reading.state === 'read' ? reading.value : [];
}

/**
 * Makes right what differs, one aspect after the other.
 *
 * @returns aspects that the store turned out not to support
 * @throws OperationFailedError naming the aspect that was refused; what came before it stays done
 */
export async function applySetup(
  client: S3Client,
  options: {
    readonly actual: ActualSetup;
    readonly desired: DesiredSetup;
    readonly findings: readonly SetupFinding[];
  },
): Promise<readonly SetupAspect[]> {
  const { desired, findings } = options;
  const differing = new Set(
    findings
      .filter(({ state }) => state === 'differs')
      .map(({ aspect }) => aspect),
  );
  // Both are one configuration.
  if (differing.has('lifecycle')) {
    differing.delete('transitions');
  }
  const unsupported: SetupAspect[] = [];
  for (const aspect of Object.keys(STEPS) as SetupAspect[]) {
    if (differing.has(aspect)) {
      try {
        unsupported.push(...(await takeStep(aspect, options, client)));
      } catch (thrown) {
        throw refused(thrown, aspect, desired);
      }
    }
  }
  return unsupported;
}

/** Gives what the store does not support of an aspect. */
async function takeStep(
  aspect: SetupAspect,
  { actual, desired }: Omit<Step, 'client'>,
  client: S3Client,
): Promise<readonly SetupAspect[]> {
  try {
    await STEPS[aspect]({ client, actual, desired });
    return [];
  } catch (thrown) {
    if (statusOf(thrown) !== 501) {
      throw thrown;
    }
    if (aspect !== 'lifecycle' || desired.transitions.length === 0) {
      return [aspect];
    }
    // One rule that the store cannot keep has it refuse them all.
    return [
      'transitions',
      ...(await takeStep(
        aspect,
        { actual, desired: { ...desired, transitions: [] } },
        client,
      )),
    ];
  }
}

/** Without the client's error as cause: its fields carry what was signed. */
function refused(
  thrown: unknown,
  aspect: SetupAspect,
  { repository }: DesiredSetup,
): Error {
  const { name, message } = toError(thrown);
  const status = statusOf(thrown);
  if (status === undefined) {
    return toError(thrown);
  }
  return new OperationFailedError({
    cause: `The store refused to set '${aspect}' of bucket '${repository.bucket}': ${name} (HTTP ${status}), ${message.replace(/[.]+$/, '')}.`,
    object: `repository ${repository.id}`,
    nextStep:
      status === 403
        ? 'Use an account that may change the bucket; portal and workers must not be it.'
        : 'Correct what it complains about; what was set before stays, and applying again goes on from there.',
    code: `repository-setup-${aspect}`,
  });
}
