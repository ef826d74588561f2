import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import {
  Inventory,
  InventoryStore,
  OperateTarget,
  RestoredInstanceReference,
  RestoreOutcome,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { Client } from 'pg';
import { PostgresqlConfig } from './config';
import { engine } from './engine';
import { serverPid } from './restore/serverPid';
import { formatInstant, parseInstant } from './wal/instant';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from './__testUtils__/fleetDatabase';
import { randomNumbers } from './__testUtils__/moments/randomNumbers';
import { endSegment } from './__testUtils__/segments';

jest.setTimeout(600_000);

const SEED = 20_261_123;

/** A canary as a server holds it. */
interface Canary {
  readonly id: string;
  readonly digest: string;
}

const CANARIES = 'SELECT id::text, digest FROM app.canary ORDER BY id';
/** On the source, where commit times are tracked. */
const CANARIES_UNTIL = `
SELECT id::text, digest FROM app.canary
WHERE pg_xact_commit_timestamp(xmin) <= $1::timestamptz ORDER BY id`;

describe('moments of a real PostgreSQL', () => {
  const random = randomNumbers(SEED);
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;
  let store: InventoryStore;
  let operations = 0;

  beforeAll(async () => {
    // Its timelines part, and a segment is deleted: nobody else can use it.
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'], fresh: true });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-moments-'));
    const { context } = await run();
    store = new InventoryStore(context.store);
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function run(operationId = `moment-${(operations += 1)}`) {
    return recordedRun(target.repository, { operationId, stateDirectory });
  }

  async function on<T>(
    member: 'fleet-pg-1' | 'fleet-pg-2',
    use: (client: Client) => Promise<T>,
  ): Promise<T> {
    const client = new Client({
      host: '127.0.0.1',
      port: await fleet.context.port(member),
      database: 'app',
      user: 'dbops_admin',
      password: await fleet.context.secret('pg-dbops_admin'),
      ssl: { ca: await readFile(fleet.context.caFile, 'utf8') },
    });
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.end();
    }
  }

  /** Canaries one after another for a while, each a transaction of its own. */
  async function write(
    member: 'fleet-pg-1' | 'fleet-pg-2',
    count: number,
  ): Promise<void> {
    await on(member, async client => {
      for (let n = 0; n < count; n++) {
        await client.query(
          'INSERT INTO app.canary (token) VALUES (md5(random()::text))',
        );
        await sleep(20);
      }
    });
  }

  async function backup(type: string) {
    const { context } = await run();
    return (await engine.operate.backup!(target, { type }, context)).backup;
  }

  async function takeInventory(): Promise<Inventory> {
    const { context } = await run();
    const inventory = await engine.operate.inventory!(target, context);
    await store.writeInventory(inventory);
    return inventory;
  }

  /** Ends the segment, and waits until the archive has it. */
  async function archived(
    member: 'fleet-pg-1' | 'fleet-pg-2' = 'fleet-pg-1',
  ): Promise<Inventory> {
    const name = await on(member, endSegment);
    for (;;) {
      const inventory = await takeInventory();
      if (
        inventory.logs.some(
          ({ from, to }) =>
            from.slice(0, 8) === name.slice(0, 8) && from <= name && name <= to,
        )
      ) {
        return inventory;
      }
      await sleep(500);
    }
  }

  async function restore(
    parameters: JsonObject,
  ): Promise<
    RestoreOutcome & { readonly reference: RestoredInstanceReference }
  > {
    const { context, progress } = await run();
    const outcome = await engine.operate.restore!(target, parameters, context);
    const percents = progress.flatMap(({ percent }) => percent ?? []);
    expect(
      percents.every((percent, n) => percent >= (percents[n - 1] ?? 0)),
    ).toBe(true);
    return {
      ...outcome,
      reference: {
        restoredInstanceId: context.operationId,
        directory: outcome.directory,
        facts: outcome.facts,
      },
    };
  }

  async function discard(instance: RestoredInstanceReference) {
    const { context } = await run();
    await engine.operate.discard!(target, instance, context);
  }

  async function canariesOf(outcome: {
    readonly connection: RestoreOutcome['connection'];
  }): Promise<readonly Canary[]> {
    return withAdmin(
      fleet,
      async client => (await client.query<Canary>(CANARIES)).rows,
      { port: outcome.connection.port! },
    );
  }

  async function canariesUntil(
    time: string,
    member: 'fleet-pg-1' | 'fleet-pg-2' = 'fleet-pg-1',
  ): Promise<readonly Canary[]> {
    return on(
      member,
      async client => (await client.query<Canary>(CANARIES_UNTIL, [time])).rows,
    );
  }

  /** A random moment of the claimed interval of a timeline, within what is asked for. */
  function pick(
    inventory: Inventory,
    timeline: number,
    within: { readonly from?: string; readonly to?: string } = {},
  ): string {
    const interval = engine.describe
      .recoveryWindow(target.database.id, inventory)
      .intervals.find(
        each => each.kind === 'claimed' && each.timeline === timeline,
      )!;
    const from = Math.max(
      parseInstant(interval.from.time)!,
      parseInstant(within.from ?? interval.from.time)!,
    );
    const to = Math.min(
      parseInstant(interval.to.time)!,
      parseInstant(within.to ?? interval.to.time)!,
    );
    expect(to).toBeGreaterThan(from);
    return formatInstant(Math.round(from + random() * (to - from)));
  }

  async function failureOf(parameters: JsonObject) {
    const work = restore(parameters);
    const error: unknown = await work.then(
      () => undefined,
      thrown => thrown,
    );
    return (error as { failure?: { cause: string; code: string } }).failure;
  }

  let before: Inventory;

  it('are reached over full, differential and incremental backups with exactly the canaries committed until then', async () => {
    const chain = [await backup('incr')];
    // Nothing to build on: said, and full.
    expect(chain[0].type).toBe('full');
    await write('fleet-pg-1', 60);
    chain.push(await backup('diff'));
    await write('fleet-pg-1', 60);
    chain.push(await backup('incr'));
    await write('fleet-pg-1', 60);
    expect(chain.map(({ type }) => type)).toEqual(['full', 'diff', 'incr']);
    before = await archived();

    const used = new Set<string>();
    const bounds = chain.map(({ stoppedAt }) => stoppedAt);
    for (const [from, to] of [
      [bounds[0], bounds[1]],
      [bounds[1], bounds[2]],
      [bounds[2], undefined],
    ]) {
      const time = pick(before, 1, { from, to });
      const restored = await restore({ kind: 'time', time });
      expect(restored.state).toBe('paused');
      expect(restored.moment!.time <= time).toBe(true);
      expect(await canariesOf(restored)).toEqual(await canariesUntil(time));
      used.add(restored.backupId);
      await discard(restored.reference);
    }
    expect(used.size).toBeGreaterThan(1);
  });

  it('that cannot be reached are refused with the nearest, and nothing is made', async () => {
    // The server's own housekeeping commits too.
    const { intervals } = engine.describe.recoveryWindow(
      target.database.id,
      await archived(),
    );
    const last = intervals.at(-1)!.to.time;
    for (const time of [
      formatInstant(parseInstant(last)! + 1),
      '2020-01-01T00:00:00Z',
      '2099-01-01T00:00:00Z',
    ]) {
      const failure = await failureOf({ kind: 'time', time });
      expect(failure?.code).toBe('moment-not-reachable');
      expect(failure?.cause).toMatch(/The nearest moment: \d{4}-/);
    }
    // Only replay finds out; the server ends, and nothing of it is left.
    const missed = await failureOf({ kind: 'name', name: 'never-made' });
    expect(missed?.code).toBe('target-not-reached');
    expect(missed?.cause).toContain("the restore point 'never-made'");
    expect(await readdir(target.database.config.restore!.directory)).toEqual(
      [],
    );
  });

  it('pause, move on to later ones but not back, and become a protected server of their own', async () => {
    await on('fleet-pg-1', client =>
      client.query("SELECT pg_create_restore_point('release')"),
    );
    await write('fleet-pg-1', 20);
    const inventory = await archived();
    const restored = await restore({ kind: 'name', name: 'release' });
    expect(restored.state).toBe('paused');
    const { reference } = restored;
    const atRelease = (await canariesOf(restored)).length;

    // What the copy must not do to the world.
    const settings = await withAdmin(
      fleet,
      async client =>
        (
          await client.query<{ name: string; setting: string }>(
            `SELECT name, setting FROM pg_settings WHERE name IN
             ('archive_mode', 'primary_conninfo', 'synchronous_standby_names',
              'max_logical_replication_workers', 'shared_preload_libraries',
              'restore_command', 'listen_addresses') ORDER BY name`,
          )
        ).rows,
      { port: restored.connection.port! },
    );
    expect(
      Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
    ).toEqual({
      archive_mode: 'off',
      listen_addresses: '127.0.0.1',
      max_logical_replication_workers: '0',
      primary_conninfo: '',
      restore_command: 'false',
      shared_preload_libraries: expect.stringMatching(/^(timescaledb)?$/),
      synchronous_standby_names: '',
    });
    // The repository's secrets do not stay with a paused copy.
    expect(await readdir(restored.directory)).not.toContain('pgbackrest');

    const back = await run();
    await expect(
      engine.operate.advance!(
        target,
        reference,
        { kind: 'time', time: pick(before, 1) },
        back.context,
      ),
    ).rejects.toThrow('recovery does not go back');

    // Its machine was started again: the next operation starts it where it paused.
    const stopped = await serverPid(join(restored.directory, 'data'));
    process.kill(stopped!, 'SIGINT');
    while (await serverPid(join(restored.directory, 'data'))) {
      await sleep(50);
    }
    const later = pick(inventory, 1, { from: restored.moment!.time });
    const broken = await run();
    const controller = new AbortController();
    await expect(
      engine.operate.advance!(
        target,
        reference,
        { kind: 'time', time: later },
        {
          ...broken.context,
          signal: controller.signal,
          progress: ({ step }) => {
            if (step === 'Verifying the content') {
              controller.abort(new Error('cancelled by a person'));
            }
          },
        },
      ),
    ).rejects.toThrow(/cancelled by a person.* It is paused at [0-9A-F]+\//);
    // Where it stands is read, not remembered; and no secret stays with it.
    expect((await canariesOf(restored)).length).toBeGreaterThanOrEqual(
      atRelease,
    );
    expect(await readdir(restored.directory)).not.toContain('pgbackrest');
    const muchLater = await archived();
    const last = engine.describe
      .recoveryWindow(target.database.id, muchLater)
      .intervals.at(-1)!.to.time;
    const newest = pick(muchLater, 1, { from: later, to: last });
    const forward = await run();
    const advanced = await engine.operate.advance!(
      target,
      reference,
      { kind: 'time', time: newest },
      forward.context,
    );
    expect(advanced.state).toBe('paused');
    const atLater = await canariesOf(restored);
    expect(atLater).toEqual(await canariesUntil(newest));
    expect(atLater.length).toBeGreaterThanOrEqual(atRelease);

    // One that ended half-way is carried on, wherever that was.
    for (const end of [
      'Making its own archive',
      'Checking that WAL reaches the archive',
      'Taking a full backup',
    ]) {
      const dying = await run();
      await expect(
        engine.operate.promote!(
          target,
          reference,
          {},
          {
            ...dying.context,
            progress: ({ step }) => {
              if (step === end) {
                throw new Error(`ended at "${end}"`);
              }
            },
          },
        ),
      ).rejects.toThrow(`is open and UNPROTECTED: ended at "${end}"`);
    }
    const facts: JsonObject[] = [];
    // A second time finds everything done.
    for (let attempt = 0; attempt < 2; attempt++) {
      const { context } = await run();
      const promoted = await engine.operate.promote!(
        target,
        reference,
        {},
        context,
      );
      expect(promoted.state).toBe('promoted');
      expect(promoted.connection).toEqual({
        ...restored.connection,
        note: expect.stringContaining(
          `archives to stanza '${promoted.facts?.stanza}'`,
        ),
      });
      facts.push(promoted.facts!);
    }
    expect(restored.facts.protection).toBe('UNPROTECTED');
    expect(facts[0]).toMatchObject({
      protection: 'PROTECTED',
      stanza: expect.stringMatching(/^fleet-moment/),
      firstBackup: expect.stringMatching(/^\d{8}-\d{6}F$/),
    });
    expect(facts[1].firstBackup).toBe(facts[0].firstBackup);
    await withAdmin(
      fleet,
      async client => {
        await client.query("INSERT INTO app.canary (token) VALUES ('own')");
        const { rows } = await client.query<{ mode: string }>(
          "SELECT current_setting('archive_mode') AS mode",
        );
        expect(rows[0].mode).toBe('on');
      },
      { port: restored.connection.port! },
    );
    // The source's own archive has nothing of it.
    expect((await takeInventory()).branches).toEqual([]);

    const expiry = await run();
    await expect(
      engine.operate.discard!(target, reference, {
        ...expiry.context,
        requestedBy: `schedule:${target.database.id}/expiry`,
      }),
    ).rejects.toThrow('its expiry does not remove it');
    await discard(reference);
    expect(await serverPid(join(restored.directory, 'data'))).toBeUndefined();
  });

  it('after a fork are those of either branch, as the timeline says', async () => {
    await on('fleet-pg-2', client => client.query('SELECT pg_promote()'));
    // The old primary goes on: two branches of the same time.
    await Promise.all([write('fleet-pg-1', 40), write('fleet-pg-2', 40)]);
    await archived('fleet-pg-1');
    const inventory = await archived('fleet-pg-2');
    expect(inventory.branches).toMatchObject([{ branch: '2', parent: '1' }]);
    const { intervals } = engine.describe.recoveryWindow(
      target.database.id,
      inventory,
    );
    const ends = intervals.map(({ to }) => to.time).sort();
    const from = intervals.find(({ timeline }) => timeline === 2)!.from.time;
    const time = pick(inventory, 2, { from, to: ends[0] });
    for (const [timeline, member] of [
      [2, 'fleet-pg-2'],
      [1, 'fleet-pg-1'],
    ] as const) {
      const restored = await restore({ kind: 'time', time, timeline });
      expect(restored.moment!.timeline).toBe(timeline);
      expect(await canariesOf(restored)).toEqual(
        await canariesUntil(time, member),
      );
      await discard(restored.reference);
    }
  });

  it('in a gap of the archive are refused, and the window names the missing segment', async () => {
    const bucket = await S3ObjectStore.create({
      ...target.repository,
      prefix: '',
    });
    const [range] = (await takeInventory()).logs;
    // The segment before the last of timeline 1.
    const number = parseInt(range.to.slice(16), 16) - 1;
    const name = `${range.to.slice(0, 16)}${number.toString(16).toUpperCase().padStart(8, '0')}`;
    for await (const { key } of bucket.list('pgbackrest/archive/fleet/')) {
      if (key.includes(name)) {
        await bucket.delete(key);
      }
    }
    const inventory = await takeInventory();
    const { intervals } = engine.describe.recoveryWindow(
      target.database.id,
      inventory,
    );
    const gap = intervals.find(({ kind }) => kind === 'gap');
    expect(gap).toMatchObject({ timeline: 1 });
    expect(gap!.reason).toContain(`WAL segment ${name} is missing`);
    const failure = await failureOf({
      kind: 'time',
      time: gap!.to.time,
      timeline: 1,
    });
    expect(failure?.code).toBe('moment-not-reachable');
    expect(failure?.cause).toContain(gap!.from.time);
  });
});
