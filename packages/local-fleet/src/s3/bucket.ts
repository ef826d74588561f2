import {
  CreateBucketCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { BACKUP_BUCKET, PGBACKREST_PREFIX, PROBE_BUCKET } from './names';

const ARN = `arn:aws:s3:::${BACKUP_BUCKET}`;

/**
 * Plain http is refused everywhere. Puts without server-side encryption are
 * refused except in pgBackRest's part: its version 2.45 cannot send the header,
 * encrypts each file itself (aes-256-cbc), and the bucket's default encryption
 * applies to its objects all the same.
 */
export const BUCKET_POLICY = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'RefusePlainHttp',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: [ARN, `${ARN}/*`],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Sid: 'RefuseUnencryptedPuts',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      NotResource: [`${ARN}/${PGBACKREST_PREFIX}*`],
      // Parts carry no header: SeaweedFS gives them that of the upload they belong
      // to. The request (a POST) that completes an upload has none at all.
      Condition: {
        Null: { 's3:x-amz-server-side-encryption': 'true' },
        StringEquals: { 's3:RequestMethod': 'PUT' },
      },
    },
  ],
};

export async function createBucket(
  client: S3Client,
  name: string,
): Promise<void> {
  try {
    await client.send(new CreateBucketCommand({ Bucket: name }));
  } catch (error) {
    const known = ['BucketAlreadyExists', 'BucketAlreadyOwnedByYou'];
    if (!(error instanceof Error && known.includes(error.name))) {
      throw error;
    }
  }
}

/** A store that answers may still refuse writes: only a real put tells. */
export async function acceptsWrites(client: S3Client): Promise<boolean> {
  await createBucket(client, PROBE_BUCKET);
  await client.send(
    new PutObjectCommand({ Bucket: PROBE_BUCKET, Key: 'probe', Body: 'probe' }),
  );
  return true;
}

export async function provisionBucket(client: S3Client): Promise<void> {
  const Bucket = BACKUP_BUCKET;
  await createBucket(client, Bucket);
  await client.send(
    new PutBucketVersioningCommand({
      Bucket,
      VersioningConfiguration: { Status: 'Enabled' },
    }),
  );
  await client.send(
    new PutBucketEncryptionCommand({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [
          {
            ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
          },
        ],
      },
    }),
  );
  await client.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify(BUCKET_POLICY),
    }),
  );
}
