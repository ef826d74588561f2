import { Backup } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  ExpireRequest,
  InventoryStore,
  repositoryKeys,
  WorkerSpec,
  writePins,
} from 'backstage-plugin-database-ops-node';
import { isProgress, lastOf, ToyWorkshop } from './__testUtils__/ToyWorkshop';

jest.setTimeout(300_000);

describe('expire by a real worker', () => {
  let workshop: ToyWorkshop;

  beforeAll(async () => {
    workshop = await ToyWorkshop.create();
  });

  afterAll(() => workshop?.close());

  async function run(
    database: DatabaseDefinition,
    overrides: Partial<WorkerSpec>,
  ) {
    return lastOf(await workshop.run(workshop.seal(database, overrides)));
  }

  /** The id of the backup that a run ended with. */
  function takenBy(ended: ReturnType<typeof lastOf>): string {
    if (ended.type !== 'result') {
      throw new Error(`No backup was taken: ${ended.failure.cause}`);
    }
    return (ended.data.backup as unknown as Backup).id;
  }

  async function takeBackup(database: DatabaseDefinition): Promise<string> {
    return takenBy(await run(database, {}));
  }

  const plan = (
    remove: readonly string[],
    keep: readonly string[],
  ): { readonly kind: 'expire'; readonly parameters: ExpireRequest } => ({
    kind: 'expire',
    parameters: { remove: [...remove], keep: [...keep], planHash: 'a plan' },
  });

  async function keysOf(databaseId: string): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { key } of workshop.store.list(`toy/${databaseId}/`)) {
      keys.push(key);
    }
    return keys;
  }

  it('removes exactly what was planned, says so, and does nothing the second time', async () => {
    const database = await workshop.newDatabase('expiring');
    const first = await takeBackup(database);
    const second = await takeBackup(database);

    const ended = await run(database, plan([first], [second]));
    expect(ended).toMatchObject({
      type: 'result',
      data: {
        expired: { removed: [first], orphans: [], planHash: 'a plan' },
        inventory: { backups: [{ id: second }] },
      },
    });
    const keys = await keysOf('expiring');
    expect(keys.filter(key => key.includes(`/${first}/`))).toEqual([]);
    expect(keys).toContain(`toy/expiring/${second}/manifest.json`);
    const inventory = await new InventoryStore(workshop.store).readInventory(
      'expiring',
    );
    expect(inventory?.backups.map(({ id }) => id)).toEqual([second]);

    expect(await run(database, plan([first], [second]))).toMatchObject({
      type: 'result',
      data: { expired: { removed: [], freedBytes: 0 } },
    });
  });

  it('refuses a plan that does not hold any more, and names what changed', async () => {
    const database = await workshop.newDatabase('changing');
    const first = await takeBackup(database);
    const second = await takeBackup(database);
    const before = await keysOf('changing');

    await writePins(workshop.store, 'changing', [
      {
        id: 'pin-1',
        databaseId: 'changing',
        backupId: first,
        reason: 'the auditors want it',
        legalHold: false,
        createdBy: 'user:default/owner',
        createdAt: '2026-11-23T10:00:00.000Z',
      },
    ]);
    expect(await run(database, plan([first], [second]))).toMatchObject({
      failure: {
        code: 'plan-outdated',
        object: `backup ${first}`,
        cause: expect.stringContaining('the auditors want it'),
      },
    });
    await writePins(workshop.store, 'changing', []);
    expect(await run(database, plan([first, second], []))).toMatchObject({
      failure: { code: 'plan-outdated', object: 'database changing' },
    });
    expect(
      await run(database, plan([first], [second, 'gone-meanwhile'])),
    ).toMatchObject({ failure: { object: 'backup gone-meanwhile' } });
    await workshop.store.put(repositoryKeys.pins('changing'), 'scribbled over');
    expect(await run(database, plan([first], [second]))).toMatchObject({
      failure: { cause: expect.stringContaining('pins.json') },
    });
    expect(await keysOf('changing')).toEqual(before);
  });

  it('lists data without a manifest, and keeps it while it is young', async () => {
    const database = await workshop.newDatabase('orphans');
    const only = await takeBackup(database);
    await workshop.store.put('toy/orphans/toy-aborted/files/a.json', '{"a":1}');
    expect(await run(database, plan([], [only]))).toMatchObject({
      type: 'result',
      data: {
        expired: {
          orphans: [
            {
              prefix: 'toy/orphans/toy-aborted/',
              objects: 1,
              sizeBytes: 7,
              removed: false,
            },
          ],
        },
      },
    });
    expect(await keysOf('orphans')).toContain(
      'toy/orphans/toy-aborted/files/a.json',
    );
  });

  it('locks a new backup where the bucket has Object Lock, and renews the lock of what stays', async () => {
    const database = await workshop.newDatabase('locked');
    const { setup } = workshop.repository;
    if (!setup?.objectLock) {
      throw new Error('The fleet has a bucket with Object Lock.');
    }
    const withTerm = (noncurrentVersionDays: number) => ({
      ...workshop.repository,
      setup: { ...setup, noncurrentVersionDays },
    });
    const daysOf = async (key: string) => {
      const until = await workshop.store.lockedUntil(key);
      return until && (until.getTime() - Date.now()) / 86_400_000;
    };
    const id = takenBy(
      lastOf(await workshop.run(workshop.seal(database, {}, withTerm(2)))),
    );
    const keys = await keysOf('locked');
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) {
      expect(await daysOf(key)).toBeCloseTo(2, 1);
    }
    for (const [days, expected] of [
      [3, 2],
      [6, 6],
      [1, 6],
    ]) {
      const sealed = workshop.seal(database, plan([], [id]), withTerm(days));
      expect(lastOf(await workshop.run(sealed))).toMatchObject({
        type: 'result',
      });
      expect(await daysOf(keys[0])).toBeCloseTo(expected, 1);
    }
  });

  it('removes with the identity of retention alone, where the bucket lets the writer delete nothing', async () => {
    const { writer, retention, repository } = await workshop.bucketOfItsOwn();
    const database = await workshop.newDatabase('retained');
    const as = (overrides: Partial<WorkerSpec>, account: object) =>
      workshop.run(
        workshop.seal(database, overrides, { ...repository, ...account }),
      );
    const first = takenBy(lastOf(await as({}, { ...writer, retention })));
    const second = takenBy(lastOf(await as({}, { ...writer, retention })));

    const denied = lastOf(await as(plan([first], [second]), writer));
    expect(denied).toMatchObject({
      type: 'error',
      failure: {
        code: 'repository-delete-denied',
        object: `repository ${repository.id}`,
        nextStep: expect.stringContaining(
          `databaseOps.repositories.${repository.id}.retention`,
        ),
      },
    });
    expect(
      lastOf(await as({ kind: 'inventory', parameters: {} }, writer)),
    ).toMatchObject({
      data: { inventory: { backups: [{ id: first }, { id: second }] } },
    });

    expect(
      lastOf(await as(plan([first], [second]), { ...writer, retention })),
    ).toMatchObject({
      type: 'result',
      data: {
        expired: { removed: [first] },
        inventory: { backups: [{ id: second }] },
      },
    });
  });

  it('does not begin while a backup of the same database runs', async () => {
    const database = await workshop.newDatabase('busy');
    const first = await takeBackup(database);
    const second = await takeBackup(database);
    const backup = await workshop.start(
      workshop.seal(database, {
        parameters: { type: 'full', slowSeconds: 20 },
      }),
    );
    await workshop.followUntil(backup, isProgress);
    const refused = await run(database, plan([first], [second]));
    expect(refused).toMatchObject({ type: 'error' });
    expect(JSON.stringify(refused)).toMatch(/lease|backup operation-/i);
    expect(await keysOf('busy')).toContain(`toy/busy/${first}/manifest.json`);
    expect(lastOf(await workshop.followToEnd(backup))).toMatchObject({
      type: 'result',
    });
  });

  it('makes the next backup a full one after one that lost what it needs, and then no more', async () => {
    const database = await workshop.newDatabase('lost');
    const lost = await run(database, {
      parameters: { type: 'full', lose: true },
    });
    expect(lost).toMatchObject({
      failure: { code: 'backup-not-found-afterwards' },
    });
    const key = repositoryKeys.fullDemand('lost');
    const text = async (of: string) =>
      (await workshop.store.get(of))?.body.toString();
    expect(await text(key)).not.toContain('metAt');
    expect(await run(database, { parameters: {} })).toMatchObject({
      type: 'result',
      data: {
        backup: { type: 'full' },
        note: expect.stringContaining('lost its base'),
      },
    });
    expect(await text(key)).toContain('metAt');
    const later = await run(database, { parameters: {} });
    expect(takenBy(later)).toMatch(/^toy-/);
    expect(later).not.toHaveProperty('data.note');
  });
});
