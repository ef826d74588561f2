import {
  CreateBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  RepositoryBucket,
  repositorySetupSchema,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { FleetContext } from '../framework/types';
import { s3Endpoint } from './client';
import {
  ADMIN_ACCESS_KEY,
  ADMIN_SECRET_KEY,
  CONTROL_PREFIX,
  PGBACKREST_PREFIX,
  PROBE_BUCKET,
  WORKER_ACCESS_KEY,
  WORKER_SECRET_KEY,
} from './names';
import { nameIn, S3Store } from './store';

/** `databaseOps.repositories.fleet.setup`. */
export const REPOSITORY_SETUP = {
  store: 'seaweedfs',
  identities: {
    databaseHosts: ['arn:aws:iam::000000000000:user/database-host'],
    writers: [
      'arn:aws:iam::000000000000:user/worker',
      'arn:aws:iam::000000000000:user/writer',
    ],
    retention: ['arn:aws:iam::000000000000:user/retention'],
  },
  toolPrefixes: [{ prefix: PGBACKREST_PREFIX }],
  objectLock: true,
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

/** The store as the product knows it, set up by the product itself. */
export async function provisionBucket(
  context: FleetContext,
  store: S3Store,
): Promise<void> {
  const account = async (key: string, secret: string) => ({
    accessKeyId: new Secret(await context.secret(nameIn(store, key))),
    secretAccessKey: new Secret(await context.secret(nameIn(store, secret))),
  });
  const bucket = await RepositoryBucket.open(
    {
      id: store.repositoryId,
      endpoint: await s3Endpoint(context, store),
      region: store.region,
      bucket: store.bucket,
      prefix: '',
      controlPrefix: CONTROL_PREFIX,
      forcePathStyle: true,
      caFile: context.caFile,
      serverSideEncryption: 'AES256',
      ...(await account(WORKER_ACCESS_KEY, WORKER_SECRET_KEY)),
      setup: repositorySetupSchema.parse(REPOSITORY_SETUP),
    },
    {
      credentials: await account(ADMIN_ACCESS_KEY, ADMIN_SECRET_KEY),
      maxAttempts: 1,
    },
  );
  try {
    await bucket.apply();
  } finally {
    bucket.close();
  }
}
