import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { FleetLoan } from 'local-fleet';
import { RepositoryDefinition } from '../databases/types';
import { Secret } from '../secrets/Secret';
import { fleetRepository } from '../testing/fleet/fleetRepository';
import { RepositoryBucket } from './RepositoryBucket';
import { repositorySetupSchema } from './setupSchema';
import { SetupFinding } from './types';

jest.setTimeout(120_000);

type Account = 'admin' | 'database-host' | 'writer' | 'retention';

const DAY_MS = 86_400_000;
const TO_COLDER = {
  prefix: 'pgbackrest/backup/',
  afterDays: 30,
  storageClass: 'STANDARD_IA',
};
const principal = (name: Account) => `arn:aws:iam::000000000000:user/${name}`;

const statesOf = (findings: readonly SetupFinding[]) =>
  Object.fromEntries(findings.map(({ aspect, state }) => [aspect, state]));

const changesOf = (findings: readonly SetupFinding[]) =>
  findings.flatMap(({ changes }) => changes);

describe('set-up of a repository on a real object store', () => {
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

  const denied = { name: 'AccessDenied' };

  it('plans a bucket that does not exist, makes it, and then finds nothing to do', async () => {
    const admin = await open('admin');
    const planned = await admin.check();
    expect(statesOf(planned)).toEqual({
      bucket: 'differs',
      encryption: 'differs',
      versioning: 'differs',
      'object-lock': 'differs',
      'public-access': 'unsupported',
      policy: 'differs',
      lifecycle: 'differs',
      layout: 'differs',
    });
    expect(changesOf(planned)).toContain(`+ bucket ${Bucket}`);

    const everythingRight = {
      bucket: 'ok',
      encryption: 'ok',
      versioning: 'ok',
      'object-lock': 'ok',
      'public-access': 'unsupported',
      policy: 'ok',
      lifecycle: 'ok',
      layout: 'ok',
    };
    expect(statesOf(await admin.apply())).toEqual(everythingRight);
    expect(changesOf(await admin.check())).toEqual([]);
    expect(statesOf(await admin.apply())).toEqual(everythingRight);
  });

  it('lets the portal see how it is set up, and says why a database host cannot', async () => {
    expect(changesOf(await (await open('writer')).check())).toEqual([]);
    expect(statesOf(await (await open('writer')).check())).toMatchObject({
      policy: 'ok',
      'object-lock': 'ok',
    });
    const seen = await (await open('database-host')).check();
    expect(seen.find(({ aspect }) => aspect === 'policy')).toMatchObject({
      state: 'unknown',
      sentence: expect.stringContaining('AccessDenied'),
    });
  });

  it('lets a database host archive, unencrypted by itself but encrypted at rest, and delete nothing', async () => {
    const host = await clientOf('database-host');
    const key = 'pgbackrest/archive/segment';
    const { VersionId } = await put(host, key, {});
    const head = await host.send(new HeadObjectCommand({ Bucket, Key: key }));
    expect(head.ServerSideEncryption).toBe('AES256');
    for (const version of [undefined, VersionId]) {
      await expect(
        host.send(
          new DeleteObjectCommand({ Bucket, Key: key, VersionId: version }),
        ),
      ).rejects.toMatchObject(denied);
    }
    expect(await textOf(host, key)).toBe(`body of ${key}`);
    await expect(put(host, 'databases/orders/x')).rejects.toMatchObject(denied);
  });

  it('refuses an unencrypted put where no tool has its part', async () => {
    const writer = await clientOf('writer');
    await expect(
      put(writer, 'databases/orders/plain', {}),
    ).rejects.toMatchObject(denied);
    await put(writer, 'databases/orders/encrypted');
  });

  it('lets a writer lengthen a lock, but neither shorten it nor remove what it holds', async () => {
    const writer = await clientOf('writer');
    const Key = 'databases/orders/locked';
    const until = (days: number) => new Date(Date.now() + days * DAY_MS);
    const { VersionId } = await put(writer, Key, {
      ServerSideEncryption: 'AES256',
      ObjectLockMode: 'GOVERNANCE',
      ObjectLockRetainUntilDate: until(3),
    });
    const retain = (
      client: S3Client,
      days: number,
      BypassGovernanceRetention?: boolean,
    ) =>
      client.send(
        new PutObjectRetentionCommand({
          Bucket,
          Key,
          VersionId,
          BypassGovernanceRetention,
          Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until(days) },
        }),
      );
    await retain(writer, 5);
    const retention = await clientOf('retention');
    for (const client of [writer, retention]) {
      await expect(retain(client, 1)).rejects.toMatchObject(denied);
      await expect(retain(client, 1, true)).rejects.toMatchObject(denied);
      await expect(
        client.send(
          new DeleteObjectCommand({
            Bucket,
            Key,
            VersionId,
            BypassGovernanceRetention: true,
          }),
        ),
      ).rejects.toMatchObject(denied);
    }
  });

  it('lets only retention end a version for good', async () => {
    const writer = await clientOf('writer');
    const retention = await clientOf('retention');
    const Key = 'databases/orders/old';
    const { VersionId } = await put(writer, Key);
    const remove = (client: S3Client) =>
      client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
    await expect(remove(writer)).rejects.toMatchObject(denied);
    await remove(retention);
    await expect(textOf(retention, Key)).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
  });

  it('lets nobody who works with it change the set-up', async () => {
    for (const name of ['database-host', 'writer', 'retention'] as const) {
      const client = await clientOf(name);
      await expect(
        client.send(
          new PutBucketVersioningCommand({
            Bucket,
            VersioningConfiguration: { Status: 'Suspended' },
          }),
        ),
      ).rejects.toMatchObject(denied);
      await expect(
        client.send(
          new PutBucketPolicyCommand({
            Bucket,
            Policy: '{"Version":"2012-10-17","Statement":[]}',
          }),
        ),
      ).rejects.toMatchObject(denied);
    }
  });

  it('refuses plain http, whoever asks', async () => {
    const { context } = loan.fleet;
    const port = await context.port('s3-plain');
    const gateway = context.process({
      name: 'fleet-s3-plain',
      command: await context.tool('weed'),
      args: [
        ...['-logtostderr', 's3', '-ip.bind=127.0.0.1', `-port=${port}`],
        `-port.grpc=${await context.port('s3-plain-grpc')}`,
        `-filer=127.0.0.1:${await context.port('s3-filer')}.${await context.port('s3-filer-grpc')}`,
        `-config=${join(context.directory, 's3', 'identities.json')}`,
        ...['-iam=false', '-port.lance=0', '-port.iceberg=0'],
      ],
      cwd: join(context.directory, 's3'),
      ready: async () =>
        (await fetch(`http://127.0.0.1:${port}/`)).status === 403,
      readySeconds: 30,
      stopSeconds: 1,
    });
    await gateway.start();
    try {
      for (const name of ['admin', 'writer'] as const) {
        const client = await clientOf(name, `http://127.0.0.1:${port}`);
        await expect(
          put(client, 'databases/orders/by-http'),
        ).rejects.toMatchObject(denied);
        await expect(textOf(client, 'README.md')).rejects.toMatchObject(denied);
      }
    } finally {
      await gateway.stop({ force: true });
    }
  });

  it('keeps what others set, takes away what endangers backups, and says so first', async () => {
    const admin = await clientOf('admin');
    const policy = JSON.parse(
      (await admin.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '',
    );
    const foreign = {
      Sid: 'SomebodyElse',
      Effect: 'Deny',
      Principal: { AWS: [principal('database-host')] },
      Action: ['s3:GetObjectAcl'],
      Resource: [`arn:aws:s3:::${Bucket}/*`],
    };
    await admin.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          ...policy,
          Statement: [
            foreign,
            ...policy.Statement.filter(
              ({ Sid }: { Sid: string }) => !Sid.endsWith('RefusePlainHttp'),
            ),
          ],
        }),
      }),
    );
    await admin.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'save-money',
              Status: 'Enabled',
              Filter: { Prefix: 'pgbackrest/backup/' },
              Expiration: { Days: 90 },
            },
            {
              ID: 'elsewhere',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
            },
          ],
        },
      }),
    );
    await admin.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
        },
      }),
    );
    const bucket = await open('admin');
    const planned = await bucket.check();
    expect(statesOf(planned)).toMatchObject({
      policy: 'differs',
      lifecycle: 'differs',
      'object-lock': 'differs',
      encryption: 'ok',
    });
    expect(
      planned.filter(({ danger }) => danger).map(({ aspect }) => aspect),
    ).toEqual(['object-lock', 'lifecycle']);
    expect(changesOf(planned)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^- rule save-money: .*after 90 d/),
        expect.stringMatching(/^\+ statement DatabaseOpsFleetXRefusePlainHttp/),
        expect.stringMatching(/^~ object lock: .*GOVERNANCE for 1 days/),
      ]),
    );

    expect(changesOf(await bucket.apply())).toEqual([]);
    const rules = await admin.send(
      new GetBucketLifecycleConfigurationCommand({ Bucket }),
    );
    const ids = rules.Rules?.map(({ ID }) => ID);
    expect(ids).toContain('elsewhere');
    expect(ids).not.toContain('save-money');
    const after = await admin.send(new GetBucketPolicyCommand({ Bucket }));
    expect(after.Policy).toContain('SomebodyElse');
  });

  it('brings back what was deleted after a moment, and no lease', async () => {
    const writer = await clientOf('writer');
    const admin = await open('admin');
    const keys = ['a', 'b', 'c'].map(name => `databases/lost/${name}`);
    for (const key of [...keys, 'control/databases/lost/lease.json']) {
      await put(writer, key);
    }
    await put(writer, 'databases/lost/gone-long-ago');
    await writer.send(
      new DeleteObjectCommand({ Bucket, Key: 'databases/lost/gone-long-ago' }),
    );
    await sleep(2000);
    const before = new Date();
    await sleep(1000);
    // Deleted; replaced, then deleted; replaced only.
    await writer.send(new DeleteObjectCommand({ Bucket, Key: keys[0] }));
    await put(writer, keys[1], {
      ServerSideEncryption: 'AES256',
      Body: 'ransom note',
    });
    await sleep(1100);
    await writer.send(new DeleteObjectCommand({ Bucket, Key: keys[1] }));
    await put(writer, keys[2], {
      ServerSideEncryption: 'AES256',
      Body: 'newer',
    });
    await writer.send(
      new DeleteObjectCommand({
        Bucket,
        Key: 'control/databases/lost/lease.json',
      }),
    );

    const steps = await admin.planUndelete(before);
    expect(steps.map(({ key }) => key).sort()).toEqual(keys.slice(0, 2));
    for (const step of steps) {
      await admin.undelete(step);
    }
    expect(await textOf(writer, keys[0])).toBe(`body of ${keys[0]}`);
    expect(await textOf(writer, keys[1])).toBe(`body of ${keys[1]}`);
    expect(await textOf(writer, keys[2])).toBe('newer');
    expect(await admin.planUndelete(before)).toEqual([]);
  });

  it('says of transitions that the store has none, and sets the rest', async () => {
    const prefix = 'tiered/';
    const setup = { ...repository.setup!, transitions: [TO_COLDER] };
    const bucket = await open('admin', { id: 'tiered', prefix, setup });
    expect(statesOf(await bucket.apply())).toMatchObject({
      lifecycle: 'ok',
      transitions: 'unsupported',
      'public-access': 'unsupported',
    });
    expect(changesOf(await bucket.check())).toEqual([]);
  });

  it('finds out that a store has no transitions when nobody told it', async () => {
    const prefix = 'tiered-unknown/';
    const setup = {
      ...repository.setup!,
      store: 'aws' as const,
      transitions: [TO_COLDER],
    };
    const bucket = await open('admin', { id: 'tiered-2', prefix, setup });
    const { transitions } = statesOf(await bucket.apply());
    expect(transitions).toBe('unsupported');
  });
});

async function answers(repository: RepositoryDefinition): Promise<boolean> {
  const bucket = await RepositoryBucket.open(repository, { maxAttempts: 1 });
  try {
    return (await bucket.check()).length > 0;
  } finally {
    bucket.close();
  }
}

describe('set-up of a repository on a store with transitions', () => {
  let loan: FleetLoan;
  let stop: () => Promise<void> = async () => {};
  let repository: RepositoryDefinition;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    const { context } = loan.fleet;
    const port = await context.port('s3-tiers');
    const { caFile, certFile, keyFile } =
      await context.certificate('fleet-s3-tiers');
    repository = {
      id: 'tiers',
      endpoint: `https://127.0.0.1:${port}`,
      caFile,
      region: 'us-east-1',
      bucket: 'tiers',
      prefix: 'backups/',
      controlPrefix: 'control/',
      forcePathStyle: true,
      accessKeyId: new Secret('any'),
      secretAccessKey: new Secret('any'),
      setup: repositorySetupSchema.parse({
        toolPrefixes: [{ prefix: 'pgbackrest/' }],
        transitions: [TO_COLDER],
        objectLock: true,
      }),
    };
    const server = context.process({
      name: 'fleet-s3-tiers',
      command: await context.tool('moto_server'),
      args: [
        ...['-H', '127.0.0.1', '-p', `${port}`],
        ...['--ssl-cert', certFile, '--ssl-key', keyFile],
      ],
      ready: async () => answers(repository),
      readySeconds: 60,
      stopSeconds: 5,
    });
    stop = () => server.stop({ force: true });
    await server.start();
  });

  afterAll(async () => {
    await stop();
    await loan?.giveBack();
  });

  it('sets everything, transitions and public access block too, and finds a change by hand', async () => {
    const bucket = await RepositoryBucket.open(repository);
    expect(changesOf(await bucket.check())).toContain(
      "+ rule database-ops-tiers.transition-pgbackrest-backup-30: moves objects to STANDARD_IA after 30 d, below 'backups/pgbackrest/backup/'",
    );
    expect(statesOf(await bucket.apply())).toEqual({
      bucket: 'ok',
      encryption: 'ok',
      versioning: 'ok',
      'object-lock': 'ok',
      'public-access': 'ok',
      policy: 'ok',
      lifecycle: 'ok',
      transitions: 'ok',
      // This stand-in takes each denial without its condition, so that nobody
      // reads an object any more.
      layout: 'unknown',
    });
    expect(changesOf(await bucket.check())).toEqual([]);

    const later = { ...TO_COLDER, afterDays: 60 };
    const changed = await RepositoryBucket.open({
      ...repository,
      setup: { ...repository.setup!, transitions: [later] },
    });
    expect(changesOf(await changed.check())).toEqual([
      expect.stringMatching(/^\+ rule .*after 60 d/),
      expect.stringMatching(/^- rule .*transition-pgbackrest-backup-30$/),
    ]);
    expect(changesOf(await changed.apply())).toEqual([]);
    bucket.close();
    changed.close();
  });
});
