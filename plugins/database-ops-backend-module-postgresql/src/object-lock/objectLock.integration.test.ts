import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  assertPlanDone,
  ExpireRequest,
  LogLock,
  ObjectStore,
  OperateTarget,
  readLockState,
  repositoryKeys,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { currentBackupVersion, endBackupVersion, FleetLoan } from 'local-fleet';
import { fleetTarget, recordedRun } from '../__testUtils__/fleetDatabase';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { requirePgBackRest } from '../pgbackrest/configuration';
import { objectLockChecks } from './objectLockChecks';

jest.setTimeout(300_000);

const DAY_MS = 86_400_000;
const REFUSED = { name: 'AccessDenied' };

describe('locks of a real repository', () => {
  let loan: FleetLoan;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;
  let context: RunContext;
  let store: ObjectStore;
  let stanza: string;
  let stateKey: string;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    target = await fleetTarget(loan.fleet);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-locks-'));
    context = await contextOf('inventory');
    store = context.store;
    stanza = requirePgBackRest(target).stanza;
    stateKey = repositoryKeys.locks(target.database.id);
    // Another test's may say that what is there is locked for long.
    await store.delete(stateKey);
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function contextOf(name: string): Promise<RunContext> {
    const { repository } = target;
    // A fleet may hold what an earlier run took.
    const operationId = `lock-test-${name}-${randomUUID()}`;
    return (await recordedRun(repository, { operationId, stateDirectory }))
      .context;
  }

  function withTerm(noncurrentVersionDays: number) {
    const setup = { ...target.repository.setup!, noncurrentVersionDays };
    return { ...target, repository: { ...target.repository, setup } };
  }

  async function take(name: string, days: number): Promise<Backup> {
    const outcome = await engine.operate.backup!(
      withTerm(days),
      { type: 'full' },
      await contextOf(name),
    );
    expect(outcome).not.toHaveProperty('note');
    return outcome.backup;
  }

  const inventory = () => engine.operate.inventory!(target, context);

  async function keysOf(folder: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list(`pgbackrest/${folder}`)) {
      keys.push(key);
    }
    return keys;
  }

  async function daysOf(key: string): Promise<number | undefined> {
    const until = await store.lockedUntil!(key);
    return until && (until.getTime() - Date.now()) / DAY_MS;
  }

  async function state() {
    const found = await readLockState(store, target.database.id);
    if (!found) {
      throw new Error('Nothing is written down about locks.');
    }
    return found;
  }

  it('locks a backup with all WAL, never what is rewritten, and writes down until when', async () => {
    const { id } = await take('first', 40);
    const keys = await keysOf(`backup/${stanza}/${id}/`);
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) {
      expect(await daysOf(key)).toBeCloseTo(40, 1);
    }
    expect((await state()).backups).toContainEqual({
      backupId: id,
      objects: keys.length,
      until: expect.any(String),
    });
    // Other stanzas may have been made there before.
    const all = [
      ...(await keysOf(`archive/${stanza}/`)),
      ...(await keysOf(`backup/${stanza}/`)),
    ];
    const rewritten = all.filter(key => /\.info(\.copy)?$/.test(key));
    expect(rewritten).toHaveLength(4);
    for (const key of rewritten) {
      expect(await daysOf(key)).toBeUndefined();
    }
    const { logs } = await state();
    const segments = all.flatMap(key => {
      const name = /\/([0-9A-F]{24})-[0-9a-f]{40}/.exec(key)?.[1];
      // What arrived after the backup waits for the next one.
      return name && name <= logs.at(-1)!.to ? [{ key, name }] : [];
    });
    expect(segments.length).toBeGreaterThan(0);
    for (const { key, name } of segments) {
      expect(await daysOf(key)).toBeGreaterThan(9);
      expect(untilOf(logs, name)).toBeDefined();
    }
    expect((await inventory()).locks).toEqual({
      observedAt: expect.any(String),
      unlockedBackups: [],
      until: expect.any(String),
    });
  });

  it('keeps versions that expire takes out of listings, and lengthens the locks of what stays, never shortens', async () => {
    const going = await take('going', 40);
    const manifest = `pgbackrest/backup/${stanza}/${going.id}/backup.manifest`;
    const version = await currentBackupVersion(loan.fleet.context, manifest);
    const endIt = () => endBackupVersion(loan.fleet.context, manifest, version);
    await expect(endIt()).rejects.toMatchObject(REFUSED);

    const staying = await take('staying', 40);
    const before = await inventory();
    const request: ExpireRequest = {
      remove: [going.id],
      keep: before.backups.map(({ id }) => id).filter(id => id !== going.id),
      planHash: 'locks',
    };
    const expire = (days: number) =>
      engine.operate.expire!(withTerm(days), request, context);
    await expire(70);
    assertPlanDone(request, before, await inventory());
    expect(await keysOf(`backup/${stanza}/${going.id}/`)).toEqual([]);
    await expect(endIt()).rejects.toMatchObject(REFUSED);

    const keys = await keysOf(`backup/${stanza}/${staying.id}/`);
    // More than half of 70 days was left, but not of 90.
    expect(await daysOf(keys[0])).toBeCloseTo(40, 1);
    await expire(90);
    for (const key of keys) {
      expect(await daysOf(key)).toBeCloseTo(90, 1);
    }
    await expire(1);
    expect(await daysOf(keys[0])).toBeCloseTo(90, 1);
    const written = await state();
    expect(written.backups.map(({ backupId }) => backupId)).toEqual(
      request.keep,
    );

    for (const lost of [undefined, '{"version":']) {
      await (lost === undefined
        ? store.delete(stateKey)
        : store.put(stateKey, lost));
      const { locks } = await expire(90);
      expect(locks).toMatch(/ are locked against removal/);
      const rebuilt = await state();
      expect(rebuilt.backups).toEqual(written.backups);
      for (const { from, to, until } of written.logs) {
        expect(untilOf(rebuilt.logs, from)).toBe(until);
        expect(untilOf(rebuilt.logs, to)).toBe(until);
      }
    }
  });

  it('is read back by a verification, which notices an object that was replaced', async () => {
    const { id } = await take('verified', 40);
    const check = async () =>
      (await objectLockChecks(target, await inventory(), context))[0];
    expect(await check()).toMatchObject({
      id: 'object-lock',
      status: 'passed',
      sentence: expect.stringContaining((await state()).logs.at(-1)!.to),
    });
    const manifest = `pgbackrest/backup/${stanza}/${id}/backup.manifest`;
    await store.put(manifest, (await store.get(manifest))!.body);
    expect(await check()).toMatchObject({
      status: 'failed',
      sentence: expect.stringContaining(`backup ${id} is not locked`),
    });
  });
});

function untilOf(logs: readonly LogLock[], name: string): string | undefined {
  return logs.find(({ from, to }) => from <= name && name <= to)?.until;
}
