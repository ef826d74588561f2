import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isLeaseFree,
  listProcessGroup,
  repositoryKeys,
} from 'backstage-plugin-database-ops-node';
import { LocalExecutor } from './executor/LocalExecutor';
import { isProgress, lastOf, ToyWorkshop } from './__testUtils__/ToyWorkshop';

jest.setTimeout(180_000);

describe('how a worker can be ended', () => {
  let workshop: ToyWorkshop;

  beforeAll(async () => {
    workshop = await ToyWorkshop.create();
  });

  afterAll(async () => {
    await workshop?.close();
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
    expect(isLeaseFree(await workshop.leaseOf('cancelled'), new Date())).toBe(
      true,
    );
    expect(Object.keys(await workshop.stateFiles(handle))).not.toContain(
      'work',
    );
    await workshop.executor.stop(handle, { graceSeconds: 20 });
    expect(lastOf(await workshop.run(workshop.seal(database))).type).toBe(
      'result',
    );
  });

  it.each([
    ['in-place', 'result'],
    ['new-place', 'error'],
  ])(
    'cancelled after it had restored (%s) ends with a %s: what took the place of its source stands',
    async (mode, type) => {
      const database = await workshop.newDatabase(`late-${mode}`);
      const handle = await workshop.start(
        workshop.seal(database, {
          kind: 'restore',
          engineModule: join(__dirname, '__testUtils__', 'inPlaceEngine.ts'),
          parameters: { mode },
        }),
      );
      await workshop.followUntil(handle, isProgress);
      await workshop.executor.stop(handle, { graceSeconds: 20 });
      expect(lastOf(await workshop.followToEnd(handle)).type).toBe(type);
    },
  );

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
    const record = await workshop.leaseOf('robbed');
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
