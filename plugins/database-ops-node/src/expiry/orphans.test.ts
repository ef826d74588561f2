import { ObjectStore } from '../store/ObjectStore';
import { removeBackup, removeOrphans } from './orphans';

const NOW = new Date('2026-11-24T00:00:00Z');
const YOUNG = '2026-11-23T23:59:00Z';
const OLD = '2026-11-22T00:00:00Z';

/** Keys with their times; deletions are told in order. */
function storeOf(objects: Map<string, string>, deleted: string[] = []) {
  const store: Partial<ObjectStore> = {
    async *list(prefix) {
      for (const [key, modifiedAt] of [...objects].sort()) {
        if (key.startsWith(prefix)) {
          yield {
            key,
            etag: '"1"',
            sizeBytes: 10,
            modifiedAt: new Date(modifiedAt),
          };
        }
      }
    },
    delete: async key => {
      objects.delete(key);
      deleted.push(key);
    },
  };
  return {
    store: store as ObjectStore,
    folder: 'redis/orders/',
    manifest: 'manifest.json',
  };
}

describe('data without a manifest', () => {
  const objects = () =>
    new Map([
      ['redis/orders/aborted/base.rdb', OLD],
      ['redis/orders/aborted/part-1', OLD],
      ['redis/orders/complete/base.rdb', OLD],
      ['redis/orders/complete/manifest.json', OLD],
      ['redis/orders/deep/manifest/manifest.json', OLD],
      ['redis/orders/growing/base.rdb', OLD],
      ['redis/orders/growing/part-1', YOUNG],
      ['redis/orders/readme', OLD],
      ['redis/parcels/aborted/base.rdb', OLD],
    ]);

  it('is told first, then removed when all of it is older than the grace time', async () => {
    const all = objects();
    const told: string[] = [];
    const orphans = await removeOrphans(storeOf(all), {
      now: NOW,
      graceSeconds: 3600,
      signal: new AbortController().signal,
      onOrphan: ({ prefix, removed }) => {
        told.push(`${prefix} ${removed}`);
        expect([...all.keys()].some(key => key.startsWith(prefix))).toBe(true);
      },
    });
    expect(told).toEqual([
      'redis/orders/aborted/ true',
      'redis/orders/deep/ true',
      'redis/orders/growing/ false',
    ]);
    expect(orphans[0]).toEqual({
      prefix: 'redis/orders/aborted/',
      objects: 2,
      sizeBytes: 20,
      modifiedAt: new Date(OLD).toISOString(),
      removed: true,
    });
    expect([...all.keys()]).toEqual([
      'redis/orders/complete/base.rdb',
      'redis/orders/complete/manifest.json',
      'redis/orders/growing/base.rdb',
      'redis/orders/growing/part-1',
      'redis/orders/readme',
      'redis/parcels/aborted/base.rdb',
    ]);
  });

  it('is not removed after an abort', async () => {
    const all = objects();
    const aborted = AbortSignal.abort(new Error('cancelled'));
    await expect(
      removeOrphans(storeOf(all), {
        now: NOW,
        graceSeconds: 3600,
        signal: aborted,
        onOrphan: () => {},
      }),
    ).rejects.toThrow('cancelled');
    expect(all.size).toBe(objects().size);
  });
});

describe('removeBackup', () => {
  it('removes the manifest first, so that a crash leaves no backup without its data', async () => {
    const deleted: string[] = [];
    const all = new Map([
      ['redis/orders/b1/a.rdb', OLD],
      ['redis/orders/b1/manifest.json', OLD],
      ['redis/orders/b10/a.rdb', OLD],
    ]);
    const layout = storeOf(all, deleted);
    await removeBackup(layout, 'b1', new AbortController().signal);
    expect(deleted).toEqual([
      'redis/orders/b1/manifest.json',
      'redis/orders/b1/a.rdb',
    ]);
    expect([...all.keys()]).toEqual(['redis/orders/b10/a.rdb']);
  });
});
