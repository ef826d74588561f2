// Restores and backups over a repository that somebody damaged.
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inventory,
  InventoryStore,
  ObjectStore,
  OperateTarget,
  OperationFailedError,
  RestoredInstanceReference,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { mockServices } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { OperationFailure } from 'backstage-plugin-database-ops-common';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { parsePosition } from '../wal/segments';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from '../__testUtils__/fleetDatabase';
import { archiveSegment } from '../__testUtils__/segments';

jest.setTimeout(300_000);

const ROWS = 'SELECT count(*)::int AS rows FROM app.canary';

describe('over a damaged repository', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let store: ObjectStore;
  let stateDirectory: string;
  let backupId: string;
  let runs = 0;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'], fresh: true });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    store = await S3ObjectStore.create({ ...target.repository, prefix: '' });
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-damage-'));
    await write(5);
    const { context } = await run();
    backupId = (await engine.operate.backup!(target, { type: 'full' }, context))
      .backup.id;
  });

  afterAll(async () => {
    store?.close();
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function run() {
    runs += 1;
    return recordedRun(target.repository, {
      operationId: `damage-${runs}-${process.pid}`,
      stateDirectory,
    });
  }

  async function write(rows: number): Promise<void> {
    await withAdmin(fleet, async client => {
      for (let n = 0; n < rows; n++) {
        await client.query(
          'INSERT INTO app.canary (token) VALUES (md5(random()::text))',
        );
      }
    });
  }

  /** Rows in the log, and the log in the archive; gives the segment's name. */
  async function archived(): Promise<string> {
    await write(3);
    return withAdmin(fleet, client => archiveSegment(client));
  }

  async function inventory(): Promise<Inventory> {
    const { context } = await run();
    return engine.operate.inventory!(target, context);
  }

  async function keyLike(pattern: RegExp, after: string): Promise<string> {
    for await (const { key } of store.list(after)) {
      if (pattern.test(key)) {
        return key;
      }
    }
    throw new Error(`No object like ${pattern} below ${after}.`);
  }

  const segmentKey = (name: string) =>
    keyLike(new RegExp(`/${name}-`), 'pgbackrest/archive/fleet/');

  async function damaged(
    key: string,
    damage: (body: Buffer) => Buffer | undefined,
    use: () => Promise<void>,
  ): Promise<void> {
    const { body } = (await store.get(key))!;
    const wrong = damage(Buffer.from(body));
    try {
      await (wrong ? store.put(key, wrong) : store.delete(key));
      await use();
    } finally {
      await store.put(key, body);
    }
  }

  const flipped = (body: Buffer) => {
    body[Math.floor(body.length / 2)] ^= 0xff;
    return body;
  };

  /** Restores, which has to fail, and leave nothing. */
  async function failureOf(parameters: JsonObject): Promise<OperationFailure> {
    const { context } = await run();
    const thrown: unknown = await engine.operate.restore!(
      target,
      parameters,
      context,
    ).then(
      outcome => outcome,
      error => error,
    );
    expect(thrown).toBeInstanceOf(OperationFailedError);
    expect(await readdir(target.database.config.restore!.directory)).toEqual(
      [],
    );
    return (thrown as OperationFailedError).failure;
  }

  async function restores(parameters: JsonObject): Promise<number> {
    return withCopy(parameters, async (_, port) => rowsOf(port));
  }

  async function rowsOf(port: number): Promise<number> {
    return withAdmin(
      fleet,
      async client => (await client.query<{ rows: number }>(ROWS)).rows[0].rows,
      { port },
    );
  }

  /** Restores, and discards the copy when it was used. */
  async function withCopy<T>(
    parameters: JsonObject,
    use: (copy: RestoredInstanceReference, port: number) => Promise<T>,
  ): Promise<T> {
    const { context } = await run();
    const outcome = await engine.operate.restore!(target, parameters, context);
    const copy = {
      restoredInstanceId: context.operationId,
      directory: outcome.directory,
      facts: outcome.facts,
    };
    try {
      return await use(copy, outcome.connection.port!);
    } finally {
      const end = await run();
      await engine.operate.discard!(target, copy, end.context);
    }
  }

  it('a flipped byte in a bundle ends a restore, which names what is damaged; the mended backup restores', async () => {
    const bundle = await keyLike(
      /\/bundle\/\d+$/,
      `pgbackrest/backup/fleet/${backupId}/`,
    );
    await damaged(bundle, flipped, async () => {
      expect(await failureOf({ kind: 'backup', backupId })).toMatchObject({
        object: `backup ${backupId}`,
        cause: expect.stringMatching(/is damaged/),
        code: 'backup-damaged',
      });
    });
    expect(await restores({ kind: 'backup', backupId })).toBeGreaterThan(0);
  });

  it('a bundle that was deleted ends a restore, which names it', async () => {
    const bundle = await keyLike(
      /\/bundle\/\d+$/,
      `pgbackrest/backup/fleet/${backupId}/`,
    );
    await damaged(
      bundle,
      () => undefined,
      async () => {
        expect(await failureOf({ kind: 'backup', backupId })).toMatchObject({
          object: `backup ${backupId}`,
          cause: expect.stringMatching(/is damaged/),
          code: 'backup-damaged',
        });
      },
    );
  });

  it('a flipped byte in a segment of the log ends a restore behind it, which names the segment, and nothing is claimed through it any more', async () => {
    const first = await archived();
    await archived();
    const before = await inventory();
    await new InventoryStore(
      await S3ObjectStore.create(target.repository),
    ).writeInventory(before);
    await damaged(await segmentKey(first), flipped, async () => {
      expect(await failureOf({ kind: 'latest' })).toMatchObject({
        object: first,
        code: 'log-damaged',
      });
      // Known from the first one: not tried again.
      const behind = {
        kind: 'lsn',
        lsn: before.logs.at(-1)!.lastCommitPosition!,
      };
      expect((await failureOf(behind)).code).toBe('moment-not-reachable');
      // It is known now, also to those who only read the inventory.
      const { intervals } = engine.describe.recoveryWindow(
        target.database.id,
        await inventory(),
      );
      const end = intervals.filter(({ kind }) => kind === 'claimed').at(-1)!;
      const position = before.logs.at(-1)!.lastCommitPosition!;
      expect(parsePosition(end.to.lsn!)).toBeLessThan(parsePosition(position)!);
      // What lies before it still restores.
      expect(
        await restores({ kind: 'time', time: end.to.time }),
      ).toBeGreaterThan(0);
    });
  });

  it('a flipped byte in a segment stops a copy that is moved through it, which names the segment and stays paused before it', async () => {
    await archived();
    const lsn = (await inventory()).logs.at(-1)!.lastCommitPosition!;
    const damagedOne = await archived();
    await archived();
    const later = (await inventory()).logs.at(-1)!.lastCommitPosition!;
    // Before the copy is made: one may read ahead of where it pauses.
    const key = await segmentKey(damagedOne);
    const whole = (await store.get(key))!.body;
    await damaged(key, flipped, async () =>
      withCopy({ kind: 'lsn', lsn }, async (copy, port) => {
        const rows = await rowsOf(port);
        const advance = async () => {
          const { context } = await run();
          return engine.operate.advance!(
            target,
            copy,
            { kind: 'lsn', lsn: later },
            context,
          );
        };
        await expect(advance()).rejects.toMatchObject({
          failure: {
            code: 'advance-incomplete',
            cause: expect.stringMatching(
              new RegExp(
                `WAL segment ${damagedOne} is damaged.* It is paused at `,
              ),
            ),
          },
        });
        expect(await rowsOf(port)).toBe(rows);
        // Known now: a second try does not touch the copy.
        await expect(advance()).rejects.toThrow('The nearest moment');
        // Listings know whole seconds: a file of the same one is the damaged file.
        await sleep(1_000);
        await store.put(key, whole);
        expect((await advance()).state).toBe('paused');
        expect(await rowsOf(port)).toBe(rows + 6);
      }),
    );
  });

  it('a flipped byte in a segment fails a verification of the repository, which names the segment, and one without it is proved again', async () => {
    const first = await archived();
    await archived();
    const verify = async () => {
      const { context } = await run();
      const { proof } = await engine.operate.verify!(
        target,
        { depth: 'repository' },
        context,
      );
      return proof;
    };
    await damaged(await segmentKey(first), flipped, async () => {
      const proof = await verify();
      expect(proof.state).toBe('failed');
      expect(
        proof.checks.find(({ id }) => id === 'archive-checksums'),
      ).toMatchObject({
        status: 'failed',
        sentence: expect.stringContaining(first),
      });
      expect(proof.sentence).toContain(first);
    });
    const { state, checks } = await verify();
    const wrong = checks.filter(({ status }) => status === 'failed');
    expect({ state, wrong }).toEqual({ state: 'proved', wrong: [] });
  });

  it('a damaged page of the database fails a backup, which names the file; earlier ones still restore, and the next is whole once it is gone', async () => {
    const file = await withAdmin(fleet, async client => {
      await client.query(
        'CREATE TABLE app.worn AS SELECT n, md5(n::text) FROM generate_series(1, 1000) AS n',
      );
      await client.query('CHECKPOINT');
      const { rows } = await client.query<{ path: string }>(
        `SELECT pg_relation_filepath('app.worn') AS path`,
      );
      return rows[0].path;
    });
    const onDisk = await open(
      join(target.database.config.pgbackrest!.dataDirectory, file),
      'r+',
    );
    await onDisk.write(Buffer.alloc(16, 0x5a), 0, 16, 8192 + 4000);
    await onDisk.close();
    const { context } = await run();
    await expect(
      engine.operate.backup!(target, { type: 'incr' }, context),
    ).rejects.toMatchObject({
      failure: {
        cause: expect.stringContaining(file),
        code: 'source-damaged',
      },
    });
    expect((await inventory()).backups.at(-1)?.state).toBe('damaged');
    expect(await restores({ kind: 'latest' })).toBeGreaterThan(0);
    await withAdmin(fleet, client => client.query('DROP TABLE app.worn'));
    const next = await run();
    const { backup } = await engine.operate.backup!(
      target,
      { type: 'incr' },
      next.context,
    );
    expect(backup.state).toBe('present');
  });

  it('the window follows a segment that arrives without a worker, but not over one that is missing', async () => {
    const observer = engine.observe.createObserver(target.database);
    const check = () =>
      observer.checkHealth({
        logger: mockServices.logger.mock(),
        signal: AbortSignal.timeout(20_000),
      });
    try {
      const before = await inventory();
      await write(1);
      await check();
      const time = new Date().toISOString();
      const first = await archived();
      const startedAt = performance.now();
      const followed = await observer.followLog!(target.repository, before);
      expect((performance.now() - startedAt) / 1000).toBeLessThan(10);
      expect(followed).toMatchObject({ to: first });
      const asked = { kind: 'time', time: followed!.restorableTo };
      const known = { ...before, followed };
      expect(followed!.restorableTo < time).toBe(true);
      expect(
        engine.describe.resolve!(target.database.id, before, asked).reachable,
      ).toBe(false);
      expect(
        engine.describe.resolve!(target.database.id, known, asked).reachable,
      ).toBe(true);
      // What it says is true: the worker, which reads the archive itself, gets there.
      expect(await restores(asked)).toBeGreaterThan(0);

      await write(1);
      await check();
      await archived();
      await damaged(
        await segmentKey(first),
        () => undefined,
        async () => {
          expect(
            await observer.followLog!(target.repository, before),
          ).toBeUndefined();
        },
      );
    } finally {
      await observer.close();
    }
  });

  it('a segment that was deleted takes what lies behind it out of the window', async () => {
    const first = await archived();
    await archived();
    const at = (await inventory()).logs.at(-1)!;
    await damaged(
      await segmentKey(first),
      () => undefined,
      async () => {
        const failure = await failureOf({
          kind: 'time',
          time: at.lastCommitAt!,
        });
        expect(failure.code).toBe('moment-not-reachable');
      },
    );
    expect(
      await restores({ kind: 'time', time: at.lastCommitAt! }),
    ).toBeGreaterThan(0);
  });
});
