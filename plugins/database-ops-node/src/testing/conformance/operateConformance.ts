/* eslint-disable jest/no-export -- a suite that engine packages call, not a test file */
import { Backup } from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition } from '../../databases/types';
import { RestoreOutcome } from '../../engine/types';
import { InventoryStore } from '../../inventory/InventoryStore';
import { repositoryKeys } from '../../inventory/repositoryKeys';
import { Inventory } from '../../inventory/types';
import { isLeaseFree, readLease } from '../../lease/LeaseRecord';
import { S3ObjectStore } from '../../store/S3ObjectStore';
import { expireConformance } from './expireConformance';
import { DrivenEnd, OperateDriver } from './OperateDriver';
import {
  ConformanceSubject,
  EngineConformanceOptions,
  OperateSubject,
} from './types';

const TEST_TIMEOUT_MS = 600_000;
/** The promise to people: a killed worker's lease keeps nobody waiting for longer. */
const LEASE_FREE_MS = 60_000;

/** What every engine with verbs owes through a real worker. */
export function operateConformance<TConfig>(
  { engine, engineModule }: EngineConformanceOptions<TConfig>,
  current: () => ConformanceSubject<TConfig>,
): void {
  const all: DrivenEnd[] = [];
  const has = (verb: keyof typeof engine.operate) => verb in engine.operate;

  function subject(): OperateSubject {
    const { operate } = current();
    if (!operate) {
      throw new Error('This engine has verbs: give prepare() an operate part.');
    }
    return operate;
  }

  function driver(): OperateDriver {
    return new OperateDriver({
      engineModule,
      database: current().database as DatabaseDefinition,
      subject: subject(),
    });
  }

  function remember(end: DrivenEnd): DrivenEnd {
    all.push(end);
    return end;
  }

  async function withStore<T>(
    work: (store: S3ObjectStore) => Promise<T>,
  ): Promise<T> {
    const store = await S3ObjectStore.create(subject().repository);
    try {
      return await work(store);
    } finally {
      store.close();
    }
  }

  async function leaseIsFree(): Promise<boolean> {
    const { id } = current().database;
    const key = repositoryKeys.lease(subject().repository.controlPrefix, id);
    const lease = await withStore(store => readLease(store, key));
    return isLeaseFree(lease?.record, new Date());
  }

  const backupIds = (end: DrivenEnd) => {
    expect(end.failure).toBeUndefined();
    return (end.result?.inventory as unknown as Inventory).backups.map(
      ({ id }) => id,
    );
  };

  if (has('backup')) {
    it(
      'takes a backup that stands in the inventory afterwards, with its operation',
      async () => {
        const end = remember(await driver().backup());
        expect(end.failure).toBeUndefined();
        const backup = end.result?.backup as unknown as Backup;
        expect(backup).toMatchObject({
          state: 'present',
          databaseId: current().database.id,
        });
        expect(backup.chain.at(-1)).toBe(backup.id);
        expect(backupIds(end)).toContain(backup.id);
        const stored = await withStore(store =>
          new InventoryStore(store).readInventory(current().database.id),
        );
        expect(stored?.backups.map(({ id }) => id)).toContain(backup.id);
        expect(await leaseIsFree()).toBe(true);
      },
      TEST_TIMEOUT_MS,
    );
  }

  if (has('inventory')) {
    it(
      'lists what the repository holds, the same twice',
      async () => {
        const first = backupIds(
          remember(await driver().run({ kind: 'inventory' })),
        );
        const second = backupIds(
          remember(await driver().run({ kind: 'inventory' })),
        );
        expect(second).toEqual(first);
        const listed = await subject().listBackups?.();
        expect([...first].sort()).toEqual([...(listed ?? first)].sort());
      },
      TEST_TIMEOUT_MS,
    );
  }

  if (has('restore') && has('discard')) {
    it(
      'restores to a new place, and a discard removes all of it, also the second time',
      async () => {
        const operationId = driver().newOperationId();
        const end = remember(await driver().restore(operationId));
        expect(end.failure).toBeUndefined();
        const restored = end.result
          ?.restoredInstance as unknown as RestoreOutcome;
        expect(Date.parse(restored.expiresAt)).toBeGreaterThan(Date.now());
        expect(await subject().isLeft?.(restored)).not.toBe(false);
        for (const attempt of ['first', 'second']) {
          const discarded = remember(
            await driver().discard(operationId, restored),
          );
          expect([attempt, discarded.failure]).toEqual([attempt, undefined]);
          expect(await subject().isLeft?.(restored)).not.toBe(true);
        }
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'refuses to restore over what is there',
      async () => {
        const { occupyRestorePlace } = subject();
        if (!occupyRestorePlace) {
          throw new Error(
            'This engine restores: give occupyRestorePlace to prove its refusal.',
          );
        }
        const operationId = driver().newOperationId();
        await occupyRestorePlace(operationId);
        const end = remember(await driver().restore(operationId));
        expect(end.result).toBeUndefined();
        expect(end.failure?.cause).toMatch(/empty/);
      },
      TEST_TIMEOUT_MS,
    );
  }

  if (has('backup')) {
    it(
      'leaves no process and no lease when it is cancelled, and the next backup succeeds',
      async () => {
        const handle = await driver().startSlowBackup();
        await subject().executor.stop(handle, { graceSeconds: 30 });
        expect(await driver().groupOf(handle)).toEqual([]);
        const end = remember(await driver().end(handle));
        expect([end.cancelled, end.result]).toEqual([true, undefined]);
        expect(await leaseIsFree()).toBe(true);
        expect(remember(await driver().backup()).failure).toBeUndefined();
      },
      TEST_TIMEOUT_MS,
    );

    it(
      'leaves no process when its worker is killed, and the next backup succeeds within a minute of its lease',
      async () => {
        const handle = await driver().startSlowBackup();
        const killedAtMs = performance.now();
        expect(await driver().kill(handle)).toEqual([]);
        expect(await subject().executor.state(handle)).toMatchObject({
          state: 'ended',
        });
        const next = await driver().start({
          kind: 'backup',
          parameters: subject().backupParameters ?? { type: 'full' },
        });
        const end = remember(await driver().end(next));
        expect(end.failure).toBeUndefined();
        const taken = end.events.find(
          event =>
            event.type === 'log' &&
            event.message.startsWith('Lease of database'),
        );
        expect(taken).toBeDefined();
        const waitedMs =
          Date.parse(taken!.at) - (performance.timeOrigin + killedAtMs);
        expect(waitedMs).toBeLessThan(LEASE_FREE_MS);
      },
      TEST_TIMEOUT_MS,
    );
  }

  if (has('backup') && has('expire')) {
    expireConformance({ subject, driver, remember }, TEST_TIMEOUT_MS);
  }

  it('never let progress go back, and numbered its events without a gap', () => {
    for (const { events } of all) {
      const percents = events.flatMap(event =>
        event.type === 'progress' ? [event.progress.percent ?? []].flat() : [],
      );
      expect(percents).toEqual([...percents].sort((a, b) => a - b));
      expect(events.map(({ seq }) => seq)).toEqual(
        events.map((_, index) => index + 1),
      );
    }
  });

  it(
    'put no secret into events, inventory or outcomes',
    async () => {
      const { id } = current().database;
      const written = await withStore(async store => {
        const inventories = new InventoryStore(store);
        const outcomes = [];
        for await (const outcome of inventories.listOutcomes(id)) {
          outcomes.push(outcome);
        }
        return { inventory: await inventories.readInventory(id), outcomes };
      });
      const text = JSON.stringify({ all, written });
      expect(
        current().secrets.filter(secret => text.includes(secret)).length,
      ).toBe(0);
    },
    TEST_TIMEOUT_MS,
  );
}
