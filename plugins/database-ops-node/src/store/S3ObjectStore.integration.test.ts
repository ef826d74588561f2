import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError, NotFoundError } from '@backstage/errors';
import { FleetLoan } from 'local-fleet';
import { RepositoryDefinition } from '../databases/types';
import { removeOrphans } from '../expiry/orphans';
import { Secret } from '../secrets/Secret';
import { fleetRepository } from '../testing/fleet/fleetRepository';
import { ObjectStore, StoredObject } from './ObjectStore';
import { probeConditionalWrites } from './probeConditionalWrites';
import { S3ObjectStore } from './S3ObjectStore';

jest.setTimeout(120_000);

describe('S3ObjectStore on a real object store', () => {
  let loan: FleetLoan;
  let repository: RepositoryDefinition;
  let store: S3ObjectStore;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    repository = await fleetRepository(
      await loan.fleet.configuration(),
      'store-test/',
    );
    store = await S3ObjectStore.create(repository);
  });

  afterAll(async () => {
    store?.close();
    await loan?.giveBack();
  });

  async function listed(prefix: string): Promise<readonly StoredObject[]> {
    const objects: StoredObject[] = [];
    for await (const object of store.list(prefix)) {
      objects.push(object);
    }
    return objects;
  }

  it('writes encrypted objects and reads them back, below its prefix only', async () => {
    const { etag } = await store.put('a/one.txt', 'hello');
    expect(await store.get('a/one.txt')).toEqual({
      body: Buffer.from('hello'),
      etag,
    });
    expect(await store.encryptionOf('a/one.txt')).toBe('AES256');
    const all = await S3ObjectStore.create({ ...repository, prefix: '' });
    expect(await all.get('store-test/a/one.txt')).toBeDefined();
    all.close();
  });

  it('says undefined for an absent object, and not found for its stream', async () => {
    expect(await store.get('absent')).toBeUndefined();
    await expect(store.getStream('absent')).rejects.toThrow(NotFoundError);
    await expect(store.encryptionOf('absent')).rejects.toThrow(NotFoundError);
  });

  it('lists in key order with keys relative to its prefix', async () => {
    await store.put('list/b', '22');
    await store.put('list/a', '1');
    expect(
      (await listed('list/')).map(({ key, sizeBytes }) => [key, sizeBytes]),
    ).toEqual([
      ['list/a', 1],
      ['list/b', 2],
    ]);
  });

  it('keeps the conditions of writes and deletes', async () => {
    const key = 'conditional';
    const first = await store.put(key, '1', { condition: 'absent' });
    await expect(store.put(key, '2', { condition: 'absent' })).rejects.toThrow(
      ConflictError,
    );
    await store.put(key, '2', { condition: first });
    await expect(store.put(key, '3', { condition: first })).rejects.toThrow(
      ConflictError,
    );
    await expect(store.delete(key, { condition: first })).rejects.toThrow(
      ConflictError,
    );
    await store.delete(key);
    await store.delete(key);
    await expect(store.put(key, '4', { condition: first })).rejects.toThrow(
      ConflictError,
    );
  });

  it('streams a body of unknown length in parts', async () => {
    const body = randomBytes(20 * 1024 * 1024);
    const chunks = Array.from({ length: 20 }, (_, index) =>
      body.subarray(index * 1024 * 1024, (index + 1) * 1024 * 1024),
    );
    const written = await store.putStream('big', Readable.from(chunks));
    expect(written.sizeBytes).toBe(body.length);
    const read = await buffer(await store.getStream('big'));
    const digest = (bytes: Buffer) =>
      createHash('sha256').update(bytes).digest('hex');
    expect(digest(read)).toBe(digest(body));
  });

  it('leaves no object of a stream that was aborted or whose source failed', async () => {
    const abort = new AbortController();
    const slow = async function* chunks() {
      for (let index = 0; index < 200; index++) {
        yield Buffer.alloc(1024 * 1024);
        await sleep(20);
      }
    };
    setTimeout(() => abort.abort(new Error('cancelled by a person')), 300);
    await expect(
      store.putStream('broken', Readable.from(slow()), {
        signal: abort.signal,
      }),
    ).rejects.toThrow('cancelled by a person');
    const failing = async function* chunks() {
      yield Buffer.alloc(10 * 1024 * 1024);
      throw new Error('the source broke');
    };
    await expect(
      store.putStream('broken', Readable.from(failing())),
    ).rejects.toThrow('the source broke');
    expect(await store.get('broken')).toBeUndefined();
  });

  it('passes the probe of conditional writes, which leaves nothing behind', async () => {
    await probeConditionalWrites(store, 'control/');
    expect(await listed('control/probe/')).toEqual([]);
  });

  it('is refused by the probe when conditions are ignored', async () => {
    const careless: ObjectStore = Object.assign(Object.create(store), {
      put: (key: string, body: string) => store.put(key, body),
      delete: (key: string) => store.delete(key),
    });
    await expect(probeConditionalWrites(careless, 'control/')).rejects.toThrow(
      '5 of 5 writers created the same object',
    );
  });

  it('never shows a key of the account in its errors', async () => {
    const secretAccessKey = new Secret('wrong-secret-access-key');
    const wrong = await S3ObjectStore.create({
      ...repository,
      secretAccessKey,
    });
    const error = await wrong.get('x').then(
      () => undefined,
      reason => reason,
    );
    wrong.close();
    expect(error.message).toContain("Repository 'fleet'");
    const shown = `${error.stack} ${JSON.stringify(error)} ${error.cause}`;
    expect(shown).not.toContain('wrong-secret-access-key');
    expect(shown).not.toContain(repository.accessKeyId.reveal());
  });

  it('removes data whose manifest never came once its grace time is over, for good from every listing', async () => {
    const folder = 'toy/orders/';
    for (const key of [
      'aborted/base.rdb',
      'aborted/part-1',
      'whole/base.rdb',
      'whole/manifest.json',
    ]) {
      await store.put(`${folder}${key}`, key);
    }
    const remove = (now: number) =>
      removeOrphans(
        { store, folder, manifest: 'manifest.json' },
        {
          now: new Date(now),
          graceSeconds: 86_400,
          signal: new AbortController().signal,
          onOrphan: () => {},
        },
      );
    const orphan = { prefix: `${folder}aborted/`, objects: 2, sizeBytes: 30 };
    const now = Date.now();
    expect(await remove(now)).toMatchObject([{ ...orphan, removed: false }]);
    expect(await listed(folder)).toHaveLength(4);
    expect(await remove(now + 2 * 86_400_000)).toMatchObject([
      { ...orphan, removed: true },
    ]);
    expect((await listed(folder)).map(({ key }) => key)).toEqual([
      `${folder}whole/base.rdb`,
      `${folder}whole/manifest.json`,
    ]);
    expect(await remove(now + 2 * 86_400_000)).toEqual([]);
  });
});
