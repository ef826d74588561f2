// A worker is killed with SIGKILL before and after everything that it writes
// to the repository and says of its end: the next one must find a repository
// that holds each backup once and whole, and a lease that lets it in.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inventory, isLeaseFree } from 'backstage-plugin-database-ops-node';
import { lastOf, ToyWorkshop } from './__testUtils__/ToyWorkshop';

jest.setTimeout(600_000);

// eslint-disable-next-line no-restricted-syntax -- a file beside this one, for another process
const PRELOAD = join(__dirname, '__testUtils__', 'killWorkerAt.cjs');
const LEASE_SECONDS = 15;
/** Lives that are under way at the same time: most of one is waiting. */
const AT_ONCE = 4;
const MOST_POINTS = 40;

/** Among them; what is written next to these is found by the rehearsal. */
const KNOWN_POINTS = [
  'after PUT lease',
  'before PUT manifest',
  'after PUT manifest',
  'after PUT inventory',
  'before PUT outcome',
  'after PUT outcome',
  'before event result',
  'after event result',
  'before exit',
];

describe('a worker that is killed', () => {
  let workshop: ToyWorkshop;

  beforeAll(async () => {
    workshop = await ToyWorkshop.create();
    const preload = join(workshop.folder, 'preload.cjs');
    await writeFile(
      preload,
      `require(${JSON.stringify(PRELOAD)}).installFrom(${JSON.stringify(workshop.folder)});`,
    );
    // What this process was started with its workers are started with too.
    process.execArgv.push('--require', preload);
  });

  afterAll(async () => {
    process.execArgv.splice(-2);
    await workshop?.close();
  });

  /** A worker with its places watched. */
  async function runWatched(databaseId: string, killAt?: string) {
    const database = await workshop.newDatabase(databaseId);
    const passedFile = join(workshop.folder, `${databaseId}.passed`);
    const sealed = workshop.seal(database, { leaseSeconds: LEASE_SECONDS });
    const { operationId } = sealed.spec;
    await writeFile(
      join(workshop.folder, `${operationId}.kill.json`),
      JSON.stringify({
        killAt,
        passedFile,
        names: [
          ['^.*/lease\\.json$', 'lease'],
          ['^.*/inventory\\.json$', 'inventory'],
          ['^.*/operations/.*\\.json$', 'outcome'],
          ['^.*/manifest\\.json$', 'manifest'],
          ['^.*/files/', 'data '],
        ],
      }),
    );
    const handle = await workshop.start(sealed);
    const events = await workshop.followToEnd(handle);
    return {
      database,
      operationId,
      events,
      state: await workshop.executor.state(handle),
      points: (await readFile(passedFile, 'utf8')).trim().split('\n'),
    };
  }

  async function surviveKill(databaseId: string, killAt: string) {
    const { database, operationId, state, points } = await runWatched(
      databaseId,
      killAt,
    );
    expect({ killAt, last: points.at(-1), ended: state.state }).toEqual({
      killAt,
      last: killAt,
      ended: 'ended',
    });
    // Not stuck: the next worker gets the lease while its own time runs.
    const next = workshop.seal(database, {
      leaseSeconds: LEASE_SECONDS,
      timeoutSeconds: 60,
    });
    const ended = lastOf(await workshop.run(next));
    expect({ killAt, type: ended.type }).toEqual({ killAt, type: 'result' });
    // Neither lost nor doubled: what was written whole is listed, once.
    const { inventory } = (
      ended as unknown as { data: { inventory: Inventory } }
    ).data;
    const wasWhole = points.includes('after PUT manifest');
    const mayBeWhole = points.includes('before PUT manifest');
    const taken = inventory.backups.map(backup => backup.operationId);
    expect(taken).toContain(next.spec.operationId);
    expect(new Set(taken).size).toBe(taken.length);
    expect({ killAt, listed: taken.includes(operationId) }).toEqual({
      killAt,
      listed: wasWhole || (mayBeWhole && taken.includes(operationId)),
    });
    expect(
      inventory.backups.filter(backup => backup.state !== 'present'),
    ).toEqual([]);
    expect(isLeaseFree(await workshop.leaseOf(databaseId), new Date())).toBe(
      true,
    );
  }

  it('leaves each backup once and whole and lets the next one in, wherever it dies', async () => {
    const rehearsal = await runWatched('toys-rehearsal');
    expect(lastOf(rehearsal.events).type).toBe('result');
    expect(rehearsal.points).toEqual(expect.arrayContaining(KNOWN_POINTS));
    expect(rehearsal.points.length).toBeLessThanOrEqual(MOST_POINTS);
    const waiting = rehearsal.points.map((point, index) => ({ point, index }));
    const startedAt = Date.now();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          await surviveKill(`toys-${next.index}`, next.point);
        }
      }),
    );
    process.stdout.write(
      `${rehearsal.points.length} kills of a worker survived in ${Math.round((Date.now() - startedAt) / 1000)} s.\n`,
    );
  });
});
