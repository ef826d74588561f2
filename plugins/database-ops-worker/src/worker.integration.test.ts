import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JsonObject } from '@backstage/types';
import {
  InventoryStore,
  isLeaseFree,
  listProcessGroup,
  readLease,
  repositoryKeys,
  Secret,
  WorkerEvent,
} from 'backstage-plugin-database-ops-node';
import { LocalExecutor } from './executor/LocalExecutor';
import {
  lastOf,
  TOY_PASSPHRASE,
  ToyWorkshop,
} from './__testUtils__/ToyWorkshop';

jest.setTimeout(180_000);

const isProgress = (event: WorkerEvent) => event.type === 'progress';

describe('a worker started by the local executor', () => {
  let workshop: ToyWorkshop;

  beforeAll(async () => {
    workshop = await ToyWorkshop.create();
  });

  afterAll(async () => {
    await workshop?.close();
  });

  async function leaseOf(databaseId: string) {
    const { store, repository } = workshop;
    return (
      await readLease(
        store,
        repositoryKeys.lease(repository.controlPrefix, databaseId),
      )
    )?.record;
  }

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
    expect(isLeaseFree(await leaseOf('round-trip'), new Date())).toBe(true);

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

  it('is cancelled by a stop: no process, no lease and no work folder is left', async () => {
    const database = await workshop.newDatabase('cancelled');
    const handle = await workshop.start(
      workshop.seal(database, { parameters: { slowSeconds: 60 } }),
    );
    await workshop.followUntil(handle, isProgress);
    const group = await workshop.processIdOf(handle);
    expect((await listProcessGroup(group)).length).toBeGreaterThan(2);
    await workshop.executor.stop(handle, { graceSeconds: 20 });
    expect(await listProcessGroup(group)).toEqual([]);
    expect(lastOf(await workshop.followToEnd(handle))).toMatchObject({
      type: 'error',
      cancelled: true,
      failure: { code: 'cancelled' },
    });
    expect(await workshop.executor.state(handle)).toMatchObject({
      exitCode: 2,
    });
    expect(isLeaseFree(await leaseOf('cancelled'), new Date())).toBe(true);
    expect(Object.keys(await workshop.stateFiles(handle))).not.toContain(
      'work',
    );
    await workshop.executor.stop(handle, { graceSeconds: 20 });
    expect(lastOf(await workshop.run(workshop.seal(database))).type).toBe(
      'result',
    );
  });

  it('killed by force leaves no child, and its lease is free for the next within 60 s', async () => {
    const database = await workshop.newDatabase('killed');
    const handle = await workshop.start(
      workshop.seal(database, { parameters: { slowSeconds: 60 } }),
    );
    await workshop.followUntil(handle, isProgress);
    const leader = await workshop.processIdOf(handle);
    const killedAtMs = performance.now();
    process.kill(leader, 'SIGKILL');
    // The guardian alone: nothing asks the executor meanwhile.
    await expect(untilEmpty(leader, 3000)).resolves.toBeUndefined();
    expect(await workshop.executor.state(handle)).toMatchObject({
      state: 'ended',
      reason: expect.stringContaining('killed'),
    });
    const next = await workshop.run(
      workshop.seal(database, { timeoutSeconds: 90 }),
    );
    expect(lastOf(next).type).toBe('result');
    expect(performance.now() - killedAtMs).toBeLessThan(60_000);
  });

  it('leaves no child even when its guardian was killed before it', async () => {
    const database = await workshop.newDatabase('unguarded');
    const handle = await workshop.start(
      workshop.seal(database, {
        parameters: { slowSeconds: 60 },
        leaseSeconds: 3,
      }),
    );
    await workshop.followUntil(handle, isProgress);
    const leader = await workshop.processIdOf(handle);
    for (const { processId } of await listProcessGroup(leader)) {
      const command = await readFile(`/proc/${processId}/cmdline`, 'utf8');
      if (command.includes('goodbye')) {
        process.kill(processId, 'SIGKILL');
      }
    }
    process.kill(leader, 'SIGKILL');
    await workshop.followToEnd(handle);
    expect(await listProcessGroup(leader)).toEqual([]);
  });

  it('is found and followed by a restarted portal, and not started twice', async () => {
    const database = await workshop.newDatabase('restarted');
    const sealed = workshop.seal(database, { parameters: { slowSeconds: 4 } });
    const [handle, same] = await Promise.all([
      workshop.start(sealed),
      workshop.start(sealed),
    ]);
    expect(same).toEqual(handle);
    await workshop.followUntil(handle, isProgress);
    const leader = await workshop.processIdOf(handle);

    const restarted = await LocalExecutor.create({
      stateDirectory: join(workshop.folder, 'state'),
    });
    expect(await restarted.start(sealed.spec, sealed.secrets)).toEqual(handle);
    const found = await restarted.find(sealed.spec.operationId);
    expect(found).toEqual(handle);
    workshop.executor = restarted;
    expect(await workshop.processIdOf(found!)).toBe(leader);
    const events = await workshop.followToEnd(found!);
    expect(lastOf(events).type).toBe('result');
    expect(events.map(({ seq }) => seq)).toEqual(
      events.map((_, index) => index + 1),
    );
    const later = await workshop.followToEnd(found!, events.length - 1);
    expect(later).toEqual(events.slice(-1));
    expect(await restarted.find('operation-unknown')).toBeUndefined();
    await restarted.forget(found!);
    expect(await restarted.state(found!)).toMatchObject({ state: 'gone' });
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
    expect(isLeaseFree(await leaseOf('failing'), new Date())).toBe(true);
  });

  it('ends a verb whose time is up', async () => {
    const database = await workshop.newDatabase('slow');
    const sealed = workshop.seal(database, {
      parameters: { slowSeconds: 60 },
      timeoutSeconds: 2,
    });
    const handle = await workshop.start(sealed);
    expect(lastOf(await workshop.followToEnd(handle))).toMatchObject({
      failure: {
        code: 'time-out',
        cause: expect.stringContaining('within 2 s'),
      },
    });
    expect(await listProcessGroup(await workshop.processIdOf(handle))).toEqual(
      [],
    );
  });

  it('ends its whole process group when its lease is taken away', async () => {
    const database = await workshop.newDatabase('robbed');
    const handle = await workshop.start(
      workshop.seal(database, {
        parameters: { slowSeconds: 60 },
        leaseSeconds: 3,
      }),
    );
    await workshop.followUntil(handle, isProgress);
    const record = await leaseOf('robbed');
    await workshop.store.put(
      repositoryKeys.lease(workshop.repository.controlPrefix, 'robbed'),
      JSON.stringify({ ...record, token: 'x', operationId: 'thief' }),
    );
    expect(lastOf(await workshop.followToEnd(handle))).toMatchObject({
      failure: { code: 'lease-lost', cause: expect.stringContaining('thief') },
    });
    expect(await listProcessGroup(await workshop.processIdOf(handle))).toEqual(
      [],
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

  it('keeps secrets out of arguments, environment, spec, events, log and repository', async () => {
    const database = await workshop.newDatabase('discreet');
    const handle = await workshop.start(
      workshop.seal(database, { parameters: { slowSeconds: 2, leak: 'log' } }),
    );
    await workshop.followUntil(handle, isProgress);
    const leader = await workshop.processIdOf(handle);
    const secrets = [
      TOY_PASSPHRASE,
      workshop.repository.secretAccessKey.reveal(),
      workshop.repository.accessKeyId.reveal(),
    ];
    const seen: Record<string, string> = {
      environ: await readFile(`/proc/${leader}/environ`, 'utf8'),
    };
    for (const { processId } of await listProcessGroup(leader)) {
      seen[`cmdline ${processId}`] = await readFile(
        `/proc/${processId}/cmdline`,
        'utf8',
      );
    }
    const events = await workshop.followToEnd(handle);
    expect(JSON.stringify(events)).toContain('the passphrase is [secret]');
    Object.assign(seen, await workshop.stateFiles(handle));
    for await (const { key } of workshop.store.list('')) {
      seen[key] = (await workshop.store.get(key))!.body.toString('utf8');
    }
    const places = Object.keys(seen).filter(place =>
      secrets.some(secret => seen[place].includes(secret)),
    );
    expect(places).toEqual([]);
    expect(Object.keys(seen).length).toBeGreaterThan(10);
    const { mode } = await stat(join(handle.reference, 'spec.json'));
    expect(mode & 0o777).toBe(0o600);
  });

  it('withholds a result into which the engine put a secret', async () => {
    const database = await workshop.newDatabase('leaking');
    const events = await workshop.run(
      workshop.seal(database, { parameters: { leak: 'result' } }),
    );
    expect(lastOf(events)).toMatchObject({
      failure: { code: 'secret-in-result' },
    });
  });
});

async function untilEmpty(groupId: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while ((await listProcessGroup(groupId)).length > 0) {
    if (performance.now() > deadline) {
      throw new Error(
        `Group ${groupId} still has members after ${timeoutMs} ms`,
      );
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
