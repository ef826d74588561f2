import { ConflictError } from '@backstage/errors';
import { OperationFailedError } from '../failure/OperationFailedError';
import { ObjectStore } from './ObjectStore';
import { probeConditionalWrites } from './probeConditionalWrites';

/** A store in memory that keeps the conditions it is told to keep. */
function memoryStore(keeps: {
  readonly absent: boolean;
  readonly etag: boolean;
}) {
  const objects = new Map<string, { body: Buffer; etag: string }>();
  let writes = 0;
  const store = {
    get: async key => objects.get(key),
    put: async (key, body, { condition } = {}) => {
      const present = objects.get(key);
      const isBroken =
        condition === 'absent'
          ? keeps.absent && present !== undefined
          : keeps.etag && present?.etag !== condition?.etag;
      if (isBroken) {
        throw new ConflictError(`The condition on '${key}' does not hold.`);
      }
      writes += 1;
      const etag = `"${writes}"`;
      objects.set(key, { body: Buffer.from(body), etag });
      return { etag };
    },
    delete: async key => {
      objects.delete(key);
    },
  } as Partial<ObjectStore> as ObjectStore;
  return { objects, store };
}

describe.each([1, 5])('probeConditionalWrites with %d racers', racers => {
  it('accepts a store that keeps conditions and leaves nothing behind', async () => {
    const { objects, store } = memoryStore({ absent: true, etag: true });
    await probeConditionalWrites(store, 'control/', { racers });
    expect(objects.size).toBe(0);
  });

  it('refuses a store that creates what exists', async () => {
    const { objects, store } = memoryStore({ absent: false, etag: true });
    const refused = probeConditionalWrites(store, 'control/', { racers });
    await expect(refused).rejects.toThrow(OperationFailedError);
    await expect(refused).rejects.toThrow('(If-None-Match: *)');
    expect(objects.size).toBe(0);
  });

  it('refuses a store that overwrites what is another object by now', async () => {
    const { store } = memoryStore({ absent: true, etag: false });
    await expect(
      probeConditionalWrites(store, 'control/', { racers }),
    ).rejects.toMatchObject({
      failure: {
        cause: expect.stringContaining('a stale ETag was accepted (If-Match)'),
        nextStep: expect.stringContaining('Use a store'),
        code: 'repository-conditional-writes',
      },
    });
  });

  it('recognises its own write when the answer got lost and it was sent again', async () => {
    const { objects, store } = memoryStore({ absent: true, etag: true });
    const put = store.put.bind(store);
    const lossy: ObjectStore = Object.assign(Object.create(store), {
      put: async (...args: Parameters<ObjectStore['put']>) => {
        await put(...args);
        return put(...args);
      },
    });
    await probeConditionalWrites(lossy, 'control/', { racers });
    expect(objects.size).toBe(0);
  });
});
