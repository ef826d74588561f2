import { TestDatabases } from '@backstage/backend-test-utils';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import fc from 'fast-check';
import { Knex } from 'knex';
import { TestClock, migrate } from '../../__testUtils__/testStack';
import { MaintenanceModes } from '../../maintenance/MaintenanceModes';
import { OperationRow } from '../rows';
import { OperationStore } from '../OperationStore';
import { OperationQueue } from './OperationQueue';
import { ConcurrencyLimits, RUNNING_COLUMNS } from './places';
import { whyWaiting } from './whyWaiting';

jest.setTimeout(120_000);

const databases = TestDatabases.create();
const MANY: ConcurrencyLimits = { total: 99, perRepository: 99, perHost: 99 };

describe.each(databases.eachSupportedId())('the queue on %s', databaseId => {
  let knex: Knex;
  let clock: TestClock;
  let store: OperationStore;
  let maintenance: MaintenanceModes;
  let key = 0;

  beforeAll(async () => {
    knex = await databases.init(databaseId);
    await migrate(knex);
  });

  beforeEach(async () => {
    await knex('operations').delete();
    await knex('queue_turns').delete();
    await knex('maintenance_modes').delete();
    clock = new TestClock('2026-11-23T10:00:00Z');
    store = new OperationStore({ knex, clock: clock.read });
    maintenance = new MaintenanceModes({ knex, clock: clock.read });
  });

  const queueOf = (host: string, limits: ConcurrencyLimits = MANY) =>
    new OperationQueue({
      knex,
      clock: clock.read,
      holder: { owner: `${host}/1`, host, executor: 'memory' },
      leaseSeconds: 10,
      limits,
      maintenance,
    });

  async function add(
    database: string,
    kind: OperationKind,
    options: Partial<Parameters<OperationStore['create']>[1]> = {},
  ): Promise<string> {
    clock.advance(1);
    const { operation } = await knex.transaction(trx =>
      store.create(trx, {
        databaseId: database,
        kind,
        parameters: {},
        requestedBy: 'user:default/owner',
        idempotencyKey: `key-${key++}`,
        repositoryId: 'main',
        requestHash: 'hash',
        ...options,
      }),
    );
    return operation.id;
  }

  const claim = async (queue: OperationQueue) =>
    (await queue.claim(async () => {}))?.id;

  const end = (id: string | undefined) =>
    knex('operations').where({ id }).update({ state: 'succeeded' });

  async function claimAll(queue: OperationQueue): Promise<string[]> {
    const claimed: string[] = [];
    for (;;) {
      const id = await claim(queue);
      if (!id) {
        return claimed;
      }
      claimed.push(id);
      await end(id);
    }
  }

  it('claims a restore before a backup before a verification before the rest', async () => {
    const rest = await add('a', 'maintain');
    const verification = await add('b', 'verify');
    const backup = await add('c', 'backup');
    const restore = await add('d', 'restore');
    expect(await claimAll(queueOf('host'))).toEqual([
      restore,
      backup,
      verification,
      rest,
    ]);
  });

  it('lets what waited for an hour go with the backups', async () => {
    const rest = await add('a', 'expire');
    clock.advance(3600);
    const backup = await add('b', 'backup');
    expect(await claimAll(queueOf('host'))).toEqual([rest, backup]);
  });

  it('lets databases take turns, however much one of them has queued', async () => {
    const greedy = [
      await add('a', 'expire'),
      await add('a', 'maintain'),
      await add('a', 'rotate'),
    ];
    const modest = await add('b', 'expire');
    expect(await claimAll(queueOf('host'))).toEqual([
      greedy[0],
      modest,
      greedy[1],
      greedy[2],
    ]);
  });

  it('holds the limits of all, of a repository and of a host, and none of them keeps a restore waiting for backups', async () => {
    const limits = { total: 3, perRepository: 2, perHost: 2 };
    const [here, there] = [
      queueOf('host-a', limits),
      queueOf('host-b', limits),
    ];
    const a = await add('a', 'backup');
    const b = await add('b', 'backup');
    const c = await add('c', 'backup');
    const d = await add('d', 'backup', { repositoryId: 'other' });
    const e = await add('e', 'backup', { repositoryId: 'third' });
    expect(await claim(here)).toBe(a);
    expect(await claim(here)).toBe(b);
    expect(await claim(here)).toBeUndefined();
    expect(await claim(there)).toBe(d);
    expect(await claim(there)).toBeUndefined();
    const restore = await add('a', 'restore');
    expect(await claim(here)).toBe(restore);
    await end(a);
    await end(restore);
    expect(await claim(there)).toBe(c);
    expect(await claim(there)).toBeUndefined();
    await end(b);
    expect(await claim(there)).toBeUndefined();
    expect(await claim(here)).toBe(e);
  });

  it('holds the limits when many replicas claim at the same time', async () => {
    const limits = { total: 4, perRepository: 99, perHost: 99 };
    for (let index = 0; index < 12; index++) {
      await add(`database-${index}`, 'backup');
    }
    const claimed = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        claim(queueOf(`host-${index}`, limits)),
      ),
    );
    expect(new Set(claimed.filter(Boolean)).size).toBeLessThanOrEqual(4);
    const [{ count }] = await knex('operations')
      .where({ state: 'running' })
      .count({ count: '*' });
    expect(Number(count)).toBe(claimed.filter(Boolean).length);
  });

  it('leaves what is not to start yet where it is', async () => {
    const later = await add('a', 'backup', {
      notBefore: new Date('2026-11-23T11:00:00Z'),
    });
    const queue = queueOf('host');
    expect(await claim(queue)).toBeUndefined();
    clock.advance(3600);
    expect(await claim(queue)).toBe(later);
  });

  it('claims nothing of a database in maintenance but what a person has restored, and nothing at all in the global one, until it ends by itself', async () => {
    const begin = (scope: string) =>
      knex.transaction(trx =>
        maintenance.start(trx, {
          scope,
          reason: 'Disks are replaced.',
          until: '2026-11-23T12:00:00Z',
          startedBy: 'user:default/owner',
        }),
      );
    await begin('a');
    const backup = await add('a', 'backup');
    const scheduled = await add('a', 'discard', {
      requestedBy: 'schedule:a/expiry',
    });
    const restore = await add('a', 'restore');
    const other = await add('b', 'backup');
    const queue = queueOf('host');
    expect(await claimAll(queue)).toEqual([restore, other]);
    await begin('global');
    const promotion = await add('a', 'promote');
    expect(await claim(queue)).toBeUndefined();
    clock.advance(2 * 3600);
    expect(await maintenance.list()).toEqual([]);
    expect(await claimAll(queue)).toEqual([scheduled, promotion, backup]);
  });

  it('says why an operation waits exactly when it cannot be claimed', async () => {
    const operation = fc.record({
      database: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom<OperationKind>(
        'backup',
        'expire',
        'verify',
        'restore',
        'discard',
      ),
      state: fc.constantFrom('queued', 'running'),
      repository: fc.constantFrom('main', 'other'),
      host: fc.constantFrom('host', 'elsewhere'),
      placed: fc.constantFrom(undefined, 'host', 'elsewhere'),
      delaySeconds: fc.constantFrom(undefined, -60, 60),
      requestedBy: fc.constantFrom('user:default/owner', 'schedule:a/daily'),
    });
    const limits = { total: 3, perRepository: 2, perHost: 2 };
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(operation, {
          selector: ({ database, kind }) => `${database} ${kind}`,
          maxLength: 7,
        }),
        fc.constantFrom(undefined, 'a', 'global'),
        async (operations, scope) => {
          await knex('operations').delete();
          await knex('maintenance_modes').delete();
          for (const each of operations) {
            const id = await add(each.database, each.kind, {
              requestedBy: each.requestedBy,
              repositoryId: each.repository,
              placementHost: each.placed,
              notBefore:
                each.delaySeconds === undefined
                  ? undefined
                  : new Date(clock.read().getTime() + each.delaySeconds * 1000),
            });
            await knex('operations')
              .where({ id })
              .update({ state: each.state, executor_host: each.host });
          }
          if (scope) {
            const until = new Date(clock.read().getTime() + 60_000);
            await knex.transaction(trx =>
              maintenance.start(trx, {
                scope,
                reason: 'Disks are replaced.',
                until: until.toISOString(),
                startedBy: 'user:default/owner',
              }),
            );
          }
          const view = {
            running: await knex<OperationRow>('operations')
              .where({ state: 'running' })
              .select(...RUNNING_COLUMNS),
            modes: await maintenance.list(),
            limits,
            host: 'host',
            now: clock.read(),
          };
          const queued = await knex<OperationRow>('operations').where({
            state: 'queued',
          });
          const free = queued.filter(row => !whyWaiting(row, view));
          const claimed = await claim(queueOf('host', limits));
          const freeIds = free.map(({ id }) => id as string | undefined);
          expect(freeIds.length > 0 ? freeIds : [undefined]).toContain(claimed);
        },
      ),
      { numRuns: 60 },
    );
  });
});
