import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '@backstage/errors';
import { FleetLoan } from 'local-fleet';
import { repositoryKeys } from '../inventory/repositoryKeys';
import { ObjectStore } from '../store/ObjectStore';
import { S3ObjectStore } from '../store/S3ObjectStore';
import { fleetRepository } from '../testing/fleet/fleetRepository';
import { readLease } from './LeaseRecord';
import { LeaseOptions, RepositoryLease } from './RepositoryLease';

jest.setTimeout(120_000);

const controlPrefix = 'control/';

describe('RepositoryLease on a real object store', () => {
  let loan: FleetLoan;
  let store: S3ObjectStore;
  let databases = 0;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    store = await S3ObjectStore.create(
      await fleetRepository(await loan.fleet.configuration(), 'lease-test/'),
    );
  });

  afterAll(async () => {
    store?.close();
    await loan?.giveBack();
  });

  function optionsOf(
    databaseId: string,
    extra: Partial<LeaseOptions> = {},
  ): LeaseOptions {
    return {
      store,
      controlPrefix,
      databaseId,
      operationId: 'operation-1',
      kind: 'backup',
      owner: 'user:default/owner',
      host: 'portal-1',
      leaseSeconds: 3,
      ...extra,
    };
  }

  function newDatabase(): string {
    databases += 1;
    return `lease-${databases}`;
  }

  it('has one winner of ten that take it at the same time, and tells the others who it is', async () => {
    const databaseId = newDatabase();
    const racers = await Promise.allSettled(
      Array.from({ length: 10 }, (_, racer) =>
        RepositoryLease.acquire(
          optionsOf(databaseId, { operationId: `operation-${racer}` }),
        ),
      ),
    );
    const won = racers.flatMap(racer =>
      racer.status === 'fulfilled' ? [racer.value] : [],
    );
    const refused = racers.flatMap(racer =>
      racer.status === 'rejected' ? [racer.reason] : [],
    );
    expect(won).toHaveLength(1);
    expect(refused).toHaveLength(9);
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(ConflictError);
      expect(reason.message).toMatch(
        /held by backup operation-\d of user:default\/owner on portal-1/,
      );
    }
    await won[0].release();
  });

  it('is renewed while it is held, and its generation rises with each holder', async () => {
    const databaseId = newDatabase();
    const first = await RepositoryLease.acquire(optionsOf(databaseId));
    await sleep(5000);
    expect(first.signal.aborted).toBe(false);
    await expect(
      RepositoryLease.acquire(optionsOf(databaseId)),
    ).rejects.toThrow(ConflictError);
    await first.release();
    await first.release();
    const second = await RepositoryLease.acquire(optionsOf(databaseId));
    expect([first.generation, second.generation]).toEqual([1, 2]);
    await second.release();
  });

  it('of a holder that stopped renewing is taken over once it has expired, by one of many', async () => {
    const databaseId = newDatabase();
    const dead = failing(store);
    const first = await RepositoryLease.acquire(
      optionsOf(databaseId, { store: dead.store }),
    );
    dead.fail();
    const waiting = await Promise.allSettled(
      Array.from({ length: 5 }, () =>
        RepositoryLease.acquire(optionsOf(databaseId, { waitSeconds: 20 })),
      ),
    );
    const won = waiting.flatMap(racer =>
      racer.status === 'fulfilled' ? [racer.value] : [],
    );
    expect(won).toHaveLength(1);
    expect(won[0].generation).toBe(2);
    // The first one knew before the second could begin.
    expect(first.signal.aborted).toBe(true);
    expect(first.signal.reason.message).toContain(
      'it could not be renewed in time',
    );
    await won[0].release();
  });

  it('waits for a silent holder but not for one that renews', async () => {
    const databaseId = newDatabase();
    const first = await RepositoryLease.acquire(optionsOf(databaseId));
    const startedAtMs = performance.now();
    await expect(
      RepositoryLease.acquire(optionsOf(databaseId, { waitSeconds: 60 })),
    ).rejects.toThrow(ConflictError);
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
    await first.release();
  });

  it('does not wait for a holder of this host that lives', async () => {
    const databaseId = newDatabase();
    const first = await RepositoryLease.acquire(
      optionsOf(databaseId, { leaseSeconds: 45 }),
    );
    await expect(
      RepositoryLease.acquire(
        optionsOf(databaseId, {
          waitSeconds: 60,
          isAlive: async id => id === process.pid,
        }),
      ),
    ).rejects.toThrow(ConflictError);
    await first.release();
  });

  it('is lost, and says to whom, when somebody else wrote its object', async () => {
    const databaseId = newDatabase();
    const lease = await RepositoryLease.acquire(optionsOf(databaseId));
    const key = repositoryKeys.lease(controlPrefix, databaseId);
    const { record } = (await readLease(store, key))!;
    await store.put(
      key,
      JSON.stringify({ ...record, token: 'x', operationId: 'thief' }),
    );
    await sleep(2500);
    expect(lease.signal.aborted).toBe(true);
    expect(lease.signal.reason.message).toContain('taken by backup thief');
    // Releasing a lost lease leaves the new holder's alone.
    await lease.release();
    expect((await readLease(store, key))!.record).toMatchObject({
      operationId: 'thief',
    });
  });

  it('survives an answer that got lost: the retry recognises its own write', async () => {
    const databaseId = newDatabase();
    const lossy: ObjectStore = Object.assign(Object.create(store), {
      put: async (...args: Parameters<ObjectStore['put']>) => {
        await store.put(...args);
        return store.put(...args);
      },
      get: store.get.bind(store),
    });
    const lease = await RepositoryLease.acquire(
      optionsOf(databaseId, { store: lossy }),
    );
    await sleep(2500);
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
  });
});

/** The store for one holder whose line goes dead. */
function failing(store: ObjectStore): {
  readonly store: ObjectStore;
  fail(): void;
} {
  let dead = false;
  return {
    store: Object.assign(Object.create(store), {
      put: async (...args: Parameters<ObjectStore['put']>) => {
        if (dead) {
          throw new Error('the line is dead');
        }
        return store.put(...args);
      },
      get: store.get.bind(store),
    }),
    fail: () => {
      dead = true;
    },
  };
}
