import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '@backstage/errors';
import { OperationFailedError } from '../failure/OperationFailedError';
import { ObjectStore } from '../store/ObjectStore';
import { RepositoryLease } from './RepositoryLease';

describe('RepositoryLease', () => {
  it('tells what to repair when it is lost because the store is away', async () => {
    let isAway = false;
    const store = {
      get: async () => undefined,
      put: async () => {
        if (isAway) {
          throw new OperationFailedError({
            cause: "Repository 'main' cannot be reached.",
            object: 'repository main',
            nextStep: 'Check that the store runs.',
            code: 'repository-unreachable',
          });
        }
        return { etag: 'first' };
      },
    } as Partial<ObjectStore> as ObjectStore;
    const lease = await RepositoryLease.acquire({
      store,
      controlPrefix: 'control/',
      databaseId: 'orders',
      operationId: 'operation-1',
      kind: 'backup',
      owner: 'user:default/owner',
      host: 'here',
      leaseSeconds: 1,
      renewSeconds: 0.1,
    });
    isAway = true;
    await once(lease.signal, 'abort');
    expect(lease.signal.reason).toBeInstanceOf(OperationFailedError);
    expect(lease.signal.reason.failure).toEqual({
      cause:
        "The lease of database 'orders' was lost: it could not be renewed in time: Repository 'main' cannot be reached.",
      object: 'repository main',
      nextStep:
        'Check that the store runs. Look at what the repository holds, then start the operation again.',
      code: 'lease-lost',
    });
    await lease.release();
  });

  it('outlives a renewal that arrived though its answer never came', async () => {
    let stored: { body: Buffer; etag: string } | undefined;
    let writes = 0;
    const store = {
      get: async () => stored,
      put: async (_key, body, { condition } = {}) => {
        if (typeof condition === 'object' && condition.etag !== stored?.etag) {
          throw new ConflictError('the object is another one');
        }
        writes += 1;
        stored = { body: Buffer.from(body), etag: `etag-${writes}` };
        if (writes === 2) {
          throw new Error('no answer');
        }
        return { etag: stored.etag };
      },
    } as Partial<ObjectStore> as ObjectStore;
    const lease = await RepositoryLease.acquire({
      store,
      controlPrefix: 'control/',
      databaseId: 'orders',
      operationId: 'operation-1',
      kind: 'backup',
      owner: 'user:default/owner',
      host: 'here',
      leaseSeconds: 2,
      renewSeconds: 0.1,
    });
    await sleep(600);
    expect(writes).toBeGreaterThan(2);
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    expect(JSON.parse(`${stored?.body}`)).toHaveProperty('releasedAt');
  });
});
