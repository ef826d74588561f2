import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonObject } from '@backstage/types';
import {
  InventoryStore,
  isLeaseFree,
  Secret,
} from 'backstage-plugin-database-ops-node';
import {
  isProgress,
  lastOf,
  TOY_PASSPHRASE,
  ToyWorkshop,
} from './__testUtils__/ToyWorkshop';

jest.setTimeout(180_000);

describe('a worker started by the local executor', () => {
  let workshop: ToyWorkshop;

  beforeAll(async () => {
    workshop = await ToyWorkshop.create();
  });

  afterAll(async () => {
    await workshop?.close();
  });

  it('backs up, restores what was backed up, and discards it', async () => {
    const database = await workshop.newDatabase('round-trip');
    const sealed = workshop.seal(database);
    const handle = await workshop.start(sealed);
    const backup = lastOf(await workshop.followToEnd(handle));
    expect(backup).toMatchObject({
      type: 'result',
      data: {
        backup: {
          id: `toy-${sealed.spec.operationId}`,
          state: 'present',
          sizeBytes: 14,
        },
        inventory: {
          databaseId: 'round-trip',
          backups: [{ operationId: sealed.spec.operationId }],
        },
      },
    });
    expect(await workshop.executor.state(handle)).toMatchObject({
      state: 'ended',
      exitCode: 0,
    });

    const inventories = new InventoryStore(workshop.store);
    expect(
      (await inventories.readInventory('round-trip'))?.backups,
    ).toHaveLength(1);
    expect(
      await inventories.readOutcome('round-trip', sealed.spec.operationId),
    ).toMatchObject({
      state: 'succeeded',
      requestedBy: 'user:default/owner',
      kind: 'backup',
    });
    expect(isLeaseFree(await workshop.leaseOf('round-trip'), new Date())).toBe(
      true,
    );

    const { directory } = database.config as { readonly directory: string };
    await writeFile(join(directory, 'a.json'), '{"a":"changed"}');
    await rm(join(directory, 'b.json'));
    const restore = lastOf(
      await workshop.run(
        workshop.seal(database, {
          kind: 'restore',
          parameters: { kind: 'latest' },
        }),
      ),
    );
    expect(restore.type).toBe('result');
    const { restoredInstance } = (restore as { data: JsonObject }).data as {
      restoredInstance: { directory: string; facts: JsonObject };
    };
    expect(
      await readFile(join(restoredInstance.directory, 'a.json'), 'utf8'),
    ).toBe('{"a":1}');
    expect(
      await readFile(join(restoredInstance.directory, 'b.json'), 'utf8'),
    ).toBe('{"b":2}');
    expect(await readFile(join(directory, 'a.json'), 'utf8')).toBe(
      '{"a":"changed"}',
    );

    const discard = {
      kind: 'discard' as const,
      restoredInstance: { restoredInstanceId: 'r', ...restoredInstance },
    };
    for (const attempt of [1, 2]) {
      const end = lastOf(await workshop.run(workshop.seal(database, discard)));
      expect([attempt, end]).toMatchObject([
        attempt,
        { data: { discarded: true } },
      ]);
    }
    expect(await readdir(join(workshop.folder, 'restored'))).toEqual([]);
  });

  it('never lets progress go back', async () => {
    const database = await workshop.newDatabase('progress');
    const events = await workshop.run(
      workshop.seal(database, { parameters: { slowSeconds: 3 } }),
    );
    const percents = events.flatMap(event =>
      event.type === 'progress' && event.progress.percent !== undefined
        ? [event.progress.percent]
        : [],
    );
    expect(percents.length).toBeGreaterThan(5);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(percents.at(-1)).toBe(100);
  });

  it('is refused while another one works on the database, with the holder named', async () => {
    const database = await workshop.newDatabase('busy');
    const first = workshop.seal(database, { parameters: { slowSeconds: 60 } });
    const handle = await workshop.start(first);
    await workshop.followUntil(handle, isProgress);
    const refused = lastOf(
      await workshop.run(workshop.seal(database, { kind: 'inventory' })),
    );
    expect(refused).toMatchObject({
      type: 'error',
      failure: {
        object: 'database busy',
        cause: expect.stringContaining(
          `held by backup ${first.spec.operationId} of user:default/owner`,
        ),
      },
    });
    await workshop.executor.stop(handle, { graceSeconds: 20 });
  });

  it('fails a backup that the repository does not list afterwards', async () => {
    const database = await workshop.newDatabase('lost');
    const events = await workshop.run(
      workshop.seal(database, { parameters: { lose: true } }),
    );
    expect(lastOf(events)).toMatchObject({
      failure: { code: 'backup-not-found-afterwards' },
    });
  });

  it('fails with the cause, in events and outcome, and frees the lease', async () => {
    const database = await workshop.newDatabase('failing');
    const sealed = workshop.seal(database, {
      parameters: { fail: `the disk of ${TOY_PASSPHRASE} is full` },
    });
    expect(lastOf(await workshop.run(sealed))).toMatchObject({
      type: 'error',
      failure: {
        cause: 'the disk of [secret] is full',
        object: 'database failing',
      },
    });
    expect(
      await new InventoryStore(workshop.store).readOutcome(
        'failing',
        sealed.spec.operationId,
      ),
    ).toMatchObject({
      state: 'failed',
      failure: { cause: 'the disk of [secret] is full' },
    });
    expect(isLeaseFree(await workshop.leaseOf('failing'), new Date())).toBe(
      true,
    );
  });

  it('refuses a verb that the engine lacks and a module that is no engine', async () => {
    const database = await workshop.newDatabase('lacking');
    const verb = await workshop.run(
      workshop.seal(database, { kind: 'promote' }),
    );
    expect(lastOf(verb)).toMatchObject({
      failure: { cause: expect.stringContaining("has no verb 'promote'") },
    });
    const module = await workshop.run(
      workshop.seal(database, { engineModule: 'no-such-engine' }),
    );
    expect(lastOf(module)).toMatchObject({
      failure: {
        cause: expect.stringContaining("'no-such-engine' is not installed"),
      },
    });
  });

  it.each([
    [
      'wrong credentials',
      { secretAccessKey: new Secret('wrong-secret-key') },
      'repository-credentials',
    ],
    [
      "a bucket that is missing, or not the account's to use",
      { bucket: 'no-such-bucket' },
      'repository-access-denied',
    ],
    [
      'a store that is down',
      { endpoint: 'https://127.0.0.1:1' },
      'repository-unreachable',
    ],
    ['an untrusted certificate', { caFile: undefined }, 'repository-tls'],
  ])(
    'ends with the cause and the next step for %s',
    async (_name, wrong, code) => {
      const database = await workshop.newDatabase(code);
      const repository = { ...workshop.repository, ...wrong };
      const end = lastOf(
        await workshop.run(workshop.seal(database, {}, repository)),
      );
      expect(end).toMatchObject({
        type: 'error',
        failure: {
          code,
          nextStep: expect.stringContaining('databaseOps.repositories.fleet'),
        },
      });
    },
  );
});
