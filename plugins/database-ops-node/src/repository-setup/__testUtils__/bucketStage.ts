// One bucket of the fleet's object store, and the accounts that work with it.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import {
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FleetLoan } from 'local-fleet';
import { RepositoryDefinition } from '../../databases/types';
import { Secret } from '../../secrets/Secret';
import { fleetRepository } from '../../testing/fleet/fleetRepository';
import { RepositoryBucket } from '../RepositoryBucket';
import { repositorySetupSchema } from '../setupSchema';
import { SetupFinding } from '../types';

type Account = 'admin' | 'database-host' | 'writer' | 'retention';

export const TO_COLDER = {
  prefix: 'pgbackrest/backup/',
  afterDays: 30,
  storageClass: 'STANDARD_IA',
};
export const principal = (name: Account) =>
  `arn:aws:iam::000000000000:user/${name}`;

export const statesOf = (findings: readonly SetupFinding[]) =>
  Object.fromEntries(findings.map(({ aspect, state }) => [aspect, state]));

export const changesOf = (findings: readonly SetupFinding[]) =>
  findings.flatMap(({ changes }) => changes);

export const denied = { name: 'AccessDenied' };

/** Registers the hooks of a test file that plays on it. */
export function bucketStage() {
  const Bucket = `setup-${randomUUID()}`;
  let loan: FleetLoan;
  let repository: RepositoryDefinition;
  const clients: S3Client[] = [];
  const buckets: RepositoryBucket[] = [];

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    repository = {
      ...(await fleetRepository(await loan.fleet.configuration())),
      bucket: Bucket,
      setup: repositorySetupSchema.parse({
        store: 'seaweedfs',
        identities: {
          databaseHosts: [principal('database-host')],
          writers: [principal('writer')],
          retention: [principal('retention')],
        },
        toolPrefixes: [{ prefix: 'pgbackrest/' }],
        objectLock: true,
      }),
    };
  });

  afterAll(async () => {
    clients.forEach(client => client.destroy());
    buckets.forEach(bucket => bucket.close());
    await loan?.giveBack();
  });

  async function account(name: Account) {
    const secret = async (part: string) =>
      new Secret(await loan.fleet.context.secret(`s3-${name}-${part}`));
    return {
      accessKeyId: await secret('access-key'),
      secretAccessKey: await secret('secret-key'),
    };
  }

  async function open(
    name: Account,
    overrides: Partial<RepositoryDefinition> = {},
  ): Promise<RepositoryBucket> {
    const bucket = await RepositoryBucket.open(
      { ...repository, ...overrides },
      { credentials: await account(name) },
    );
    buckets.push(bucket);
    return bucket;
  }

  async function clientOf(
    name: Account,
    endpoint = repository.endpoint,
  ): Promise<S3Client> {
    const { accessKeyId, secretAccessKey } = await account(name);
    const client = new S3Client({
      endpoint,
      region: repository.region,
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: {
        accessKeyId: accessKeyId.reveal(),
        secretAccessKey: secretAccessKey.reveal(),
      },
      requestHandler: new NodeHttpHandler({
        httpsAgent: new Agent({ ca: await readFile(repository.caFile!) }),
      }),
    });
    clients.push(client);
    return client;
  }

  async function put(
    client: S3Client,
    Key: string,
    more: Partial<ConstructorParameters<typeof PutObjectCommand>[0]> = {
      ServerSideEncryption: 'AES256',
    },
  ) {
    return client.send(
      new PutObjectCommand({ Bucket, Key, Body: `body of ${Key}`, ...more }),
    );
  }

  async function textOf(client: S3Client, Key: string): Promise<string> {
    const found = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await found.Body?.transformToString()) ?? '';
  }

  return {
    Bucket,
    clientOf,
    /** The fleet that lends the store. */
    fleet: () => loan.fleet,
    open,
    put,
    repository: () => repository,
    textOf,
  };
}
