import { TestDatabases } from '@backstage/backend-test-utils';
import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { testBackup, testInventory } from '../__testUtils__/testEngine';
import { ReadyDatabase } from '../databases/types';
import { FreshnessService } from '../freshness/FreshnessService';
import { buildWorkerSpec } from '../operations/workerSpec';
import { OperationRow } from '../operations/rows';
import { windowOf } from '../reachability/windowOf';
import {
  at,
  BY,
  configOf,
  createStage,
  readOf,
} from './__testUtils__/severalStage';
import { knownRepositories } from './knownInventories';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'a database with two repositories on %s',
  databaseId => {
    const create = (config?: JsonObject) =>
      createStage(databases, databaseId, config);

    async function filled() {
      const stack = await create();
      await stack.read('', readOf('a', 8, 10));
      await stack.read('far', readOf('b', 6, 11));
      const orders = stack.databases.get('orders') as ReadyDatabase;
      return { ...stack, orders };
    }

    const restore = (parameters: JsonObject) => ({
      databaseId: 'orders',
      kind: 'restore' as const,
      parameters,
      confirmation: 'orders',
    });

    it('is refused where the engine has one repository, or one is unknown or named twice', async () => {
      const messageOf = async (orders: JsonObject) => {
        const { databases: catalog } = await create(configOf(orders));
        const found = catalog.get('orders');
        return `${found?.quarantine?.path}: ${found?.quarantine?.message}`;
      };
      const path = 'databaseOps.databases.orders.additionalRepositories';
      expect(
        await messageOf({ engine: 'test', additionalRepositories: ['far'] }),
      ).toBe(
        `${path}: engine 'test' keeps the backups of a database in one repository; leave this key out`,
      );
      expect(await messageOf({ additionalRepositories: ['near'] })).toContain(
        `${path}[0]: expected the name of a repository; 'near' is not configured`,
      );
      for (const repeated of [['main'], ['far', 'far']]) {
        expect(await messageOf({ additionalRepositories: repeated })).toContain(
          'is named twice',
        );
      }
    });

    it('keeps what each holds apart, and forgets one that is not configured any more', async () => {
      const { backups, read } = await filled();
      await read('far', { ...readOf('c', 9, 11), observedAt: at(12) });
      const { items } = await backups.list('orders', {});
      expect(
        items.map(each => `${each.id} ${each.state} ${each.repositoryId}`),
      ).toEqual(['c present far', 'a present undefined', 'b missing far']);
      await backups.forgetOthers('orders', ['']);
      expect((await backups.list('orders', {})).items).toHaveLength(1);
      expect(await backups.getInventory('orders', 'far')).toBeUndefined();
    });

    it('gives a worker the repository that was named, and no secret of the other', async () => {
      const { service, knex, databases: catalog, settings } = await filled();
      const operation = await service.request(
        {
          databaseId: 'orders',
          kind: 'backup',
          parameters: { type: 'full', repositoryId: 'far' },
        },
        { ...BY, idempotencyKey: 'one' },
      );
      expect(operation.parameters).toEqual({
        type: 'full',
        repositoryId: 'far',
      });
      const row = await knex<OperationRow>('operations').first();
      expect(row?.repository_id).toBe('far');
      const { spec, secrets } = buildWorkerSpec({
        row: row!,
        databases: catalog,
        executor: settings.executor,
        host: 'here',
      });
      expect(spec.repository).toMatchObject({ id: 'far', bucket: 'far' });
      expect(spec.parameters).toEqual({ type: 'full' });
      expect(Object.values(secrets)).toEqual(
        expect.arrayContaining(['key-of-far', 'secret-of-far']),
      );
      expect(JSON.stringify({ spec, secrets })).not.toContain('of-main');
    });

    it('works on the first when none is named, and on none that it does not have', async () => {
      const { validator } = await filled();
      const backup = (parameters: JsonObject) =>
        validator.validate({
          databaseId: 'orders',
          kind: 'backup',
          parameters,
        });
      expect((await backup({})).parameters).toEqual({
        type: 'full',
        repositoryId: 'main',
      });
      await expect(backup({ repositoryId: 'near' })).rejects.toThrow(
        "Database 'orders' has no repository 'near'; it has 'main', 'far'.",
      );
    });

    it('reads both at the same time and backs up to one after the other', async () => {
      const { service } = await filled();
      const request = (kind: 'inventory' | 'backup', repositoryId: string) =>
        service.request(
          { databaseId: 'orders', kind, parameters: { repositoryId } },
          { ...BY, idempotencyKey: `${kind}-${repositoryId}` },
        );
      await request('inventory', 'main');
      await request('inventory', 'far');
      await request('backup', 'main');
      await expect(request('backup', 'far')).rejects.toThrow(
        "A backup of database 'orders' is queued already",
      );
    });

    it('restores from the first that holds the moment, and the newest from where the archive goes furthest', async () => {
      const { validator } = await filled();
      const from = async (parameters: JsonObject) =>
        (await validator.validate(restore(parameters))).parameters.repositoryId;
      expect(await from({ kind: 'time', time: at(9) })).toBe('main');
      expect(await from({ kind: 'time', time: at(7) })).toBe('far');
      expect(await from({ kind: 'latest' })).toBe('far');
      expect(
        await from({ kind: 'time', time: at(9), repositoryId: 'far' }),
      ).toBe('far');
    });

    it('says so where only one that does not answer holds the moment, and takes it when it is named', async () => {
      const { validator, backups } = await filled();
      expect(await backups.noteReachable('orders', 'far', 'It is gone.')).toBe(
        true,
      );
      const from = (parameters: JsonObject) =>
        validator.validate(restore(parameters));
      await expect(from({ kind: 'time', time: at(7) })).rejects.toThrow(
        new InputError(
          "This moment cannot be restored now. Only repository 'far' holds it, which does not answer now: It is gone. Elsewhere: 2026-11-23T07:00:00.000Z is not. To try it all the same, name the repository.",
        ),
      );
      const named = await from({
        kind: 'time',
        time: at(7),
        repositoryId: 'far',
      });
      expect(named.parameters.repositoryId).toBe('far');
      const latest = await from({ kind: 'latest' });
      expect(latest.parameters.repositoryId).toBe('main');
    });

    it('shows the window of both, and marks what only a silent one holds', async () => {
      const { orders, backups } = await filled();
      await backups.noteReachable('orders', 'far', 'It is gone.');
      const window = windowOf(
        orders,
        await knownRepositories(backups, orders),
        {
          proofs: [],
          backups: [],
        },
      );
      expect(window.intervals).toEqual([
        {
          kind: 'claimed',
          from: { time: at(6) },
          to: { time: at(11) },
          repositoryId: 'far',
          repositoryUnreachable: true,
        },
        {
          kind: 'claimed',
          from: { time: at(8) },
          to: { time: at(10) },
          repositoryId: 'main',
        },
      ]);
      expect(window.sentence).toContain(
        "Repository 'far' does not answer, so what only it holds cannot be restored now",
      );
    });

    it('is proved for the repository that was restored from, and for no other', async () => {
      const { orders, backups } = await filled();
      const backup = (id: string, from: number, repositoryId?: string) => ({
        ...testBackup('orders', id),
        to: { time: at(from) },
        repositoryId,
      });
      const { intervals } = windowOf(
        orders,
        await knownRepositories(backups, orders),
        {
          proofs: [
            {
              id: 'proof',
              databaseId: 'orders',
              repositoryId: 'far',
              operationId: 'proof',
              depth: 'time',
              state: 'proved',
              sentence: 'It was.',
              startedAt: at(11),
              endedAt: at(11),
              checks: [],
              backupId: 'b',
              moment: { time: at(9) },
            },
          ],
          backups: [backup('a', 8), backup('b', 6, 'far')],
        },
      );
      expect(
        intervals
          .filter(({ kind }) => kind === 'proved')
          .map(({ repositoryId }) => repositoryId),
      ).toEqual(['far']);
    });

    it('is as fresh as the repositories that answer, and as known while none does', async () => {
      const { backups, databases: catalog, clock, read } = await filled();
      await read('far', { ...readOf('c', 11, 11), observedAt: at(12) });
      const freshness = new FreshnessService({
        databases: catalog,
        backups,
        clock: clock.read,
      });
      const judged = async () => {
        const one = await freshness.getFreshness('orders');
        const all = await freshness.listFreshness();
        expect(all.get('orders')?.lastBackupId).toBe(one.lastBackupId);
        return one.lastBackupId;
      };
      expect(await judged()).toBe('c');
      await backups.noteReachable('orders', 'far', 'It is gone.');
      expect(await judged()).toBe('a');
      await backups.noteReachable('orders', '', 'It is gone too.');
      expect(await judged()).toBe('c');
      await backups.noteReachable('orders', 'far', undefined);
      expect(await judged()).toBe('c');
    });

    it('is thinned in each repository on its own, and in none that does not answer', async () => {
      const { orders, retention, backups, read } = await filled();
      await read('far', {
        ...testInventory(
          'orders',
          [3, 6, 9].map(hour => ({
            ...testBackup('orders', `b${hour}`),
            startedAt: at(hour),
            stoppedAt: at(hour),
          })),
          at(12),
        ),
      });
      const first = await retention.service.preview(orders);
      const far = await retention.service.preview(orders, 'far');
      expect(first.entries.map(({ backupId }) => backupId)).toEqual(['a']);
      expect(first).toMatchObject({ repositoryId: 'main', removes: 0 });
      expect(far).toMatchObject({ repositoryId: 'far', state: 'known' });
      expect(far.removes).toBeGreaterThan(0);
      const request = await retention.service.expireRequest(orders, 'far');
      expect(request.remove).not.toContain('a');
      expect(request.planHash).toBe(far.planHash);
      await backups.noteReachable('orders', 'far', 'It is gone.');
      const silent = await retention.service.preview(orders, 'far');
      expect(silent).toMatchObject({ state: 'unknown', removes: 0 });
      expect(silent.reason).toContain('It is gone.');
    });
  },
);
