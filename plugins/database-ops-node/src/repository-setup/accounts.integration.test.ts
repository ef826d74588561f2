import { join } from 'node:path';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { bucketStage, denied } from './__testUtils__/bucketStage';

jest.setTimeout(120_000);

const DAY_MS = 86_400_000;

describe('accounts of a repository that is set up', () => {
  const { Bucket, clientOf, fleet, open, put, textOf } = bucketStage();

  beforeAll(async () => {
    await (await open('admin')).apply();
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
    const { context } = fleet();
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
});
