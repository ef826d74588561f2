import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { bucketStage } from './__testUtils__/bucketStage';

jest.setTimeout(120_000);

describe('a repository that is set up, after a deletion,', () => {
  const { Bucket, clientOf, open, put, textOf } = bucketStage();

  beforeAll(async () => {
    await (await open('admin')).apply();
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
});
