// Two object stores for one database, and one of them goes away.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  DatabaseObserver,
  OperateTarget,
  OperationFailedError,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { PostgresqlConfig } from './config';
import { engine } from './engine';
import { endOfSegment, parsePosition } from './wal/segments';
import {
  fleetTargets,
  recordedRun,
  withAdmin,
} from './__testUtils__/fleetDatabase';
import { endSegment } from './__testUtils__/segments';

jest.setTimeout(900_000);

const SECOND_STORE = 'fleet-s3-2';

describe('two repositories of one PostgreSQL', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let first: OperateTarget<PostgresqlConfig>;
  let second: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;
  let observer: DatabaseObserver;

  beforeAll(async () => {
    // Other files archive to one store only.
    loan = await FleetLoan.take({
      only: ['second-s3', 'postgresql'],
      fresh: true,
    });
    fleet = loan.fleet;
    ({ first, second } = await fleetTargets(fleet));
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-two-'));
    observer = engine.observe.createObserver(first.database);
  });

  afterAll(async () => {
    await observer?.close();
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function run(of: OperateTarget<PostgresqlConfig>, operationId: string) {
    return recordedRun(of.repository, { operationId, stateDirectory });
  }

  async function backup(
    of: OperateTarget<PostgresqlConfig>,
    operationId: string,
    type = 'full',
  ) {
    const { context } = await run(of, operationId);
    const taken = await engine.operate.backup!(of, { type }, context);
    return taken.backup;
  }

  async function inventory(of: OperateTarget<PostgresqlConfig>) {
    const { context } = await run(of, 'inventory');
    return engine.operate.inventory!(of, context);
  }

  /** Rows, and a segment with them that waits for the archive; gives its name. */
  async function writeSegment(): Promise<string> {
    return withAdmin(fleet, async client => {
      await client.query(
        'INSERT INTO app.canary (token) SELECT md5(random()::text) FROM generate_series(1, 50)',
      );
      return endSegment(client);
    });
  }

  async function isArchived(segment: string): Promise<boolean> {
    return withAdmin(fleet, async client => {
      const { rowCount } = await client.query(
        'SELECT FROM pg_ls_archive_statusdir() WHERE name = $1',
        [`${segment}.ready`],
      );
      return rowCount === 0;
    });
  }

  async function backlogSignal(
    unreachable: readonly string[],
  ): Promise<Signal | undefined> {
    const { context } = await run(first, 'health');
    const { signals } = await observer.checkHealth({
      logger: context.logger,
      signal: context.signal,
      unreachableRepositories: async () => unreachable,
    });
    return signals.find(({ id }) => id === 'wal-backlog');
  }

  async function restoredRows(
    of: OperateTarget<PostgresqlConfig>,
    parameters: JsonObject,
  ): Promise<number> {
    const { context } = await run(of, `restore-from-${of.repository.id}`);
    const restored = await engine.operate.restore!(of, parameters, context);
    try {
      return await withAdmin(
        fleet,
        async client => {
          const { rows } = await client.query<{ rows: number }>(
            'SELECT count(*)::int AS rows FROM app.canary',
          );
          return rows[0].rows;
        },
        { port: restored.connection.port! },
      );
    } finally {
      await engine.operate.discard!(
        of,
        {
          restoredInstanceId: context.operationId,
          directory: restored.directory,
          facts: restored.facts,
        },
        context,
      );
    }
  }

  it('takes backups to each on its own, and says in its commands which one they are from', async () => {
    const inFirst = await backup(first, 'to-first');
    const inSecond = await backup(second, 'to-second');
    const held = [await inventory(first), await inventory(second)].map(
      ({ backups }) => backups.map(({ id }) => id),
    );
    expect(held).toEqual([[inFirst.id], [inSecond.id]]);
    const commands = engine.observe.breakGlass!(
      second.database,
      second.repository,
      inSecond,
    ).join('\n');
    expect(commands).toContain(
      "From repository 'second' (repo2 of pgBackRest)",
    );
    expect(commands).toContain('PGBACKREST_REPO2_CIPHER_PASS');
    expect(commands).not.toContain('REPO1');
  });

  it('takes one backup after the other when two begin at the same moment on one machine', async () => {
    const both = await Promise.all([
      backup(first, 'at-once-to-first', 'incr'),
      backup(second, 'at-once-to-second', 'incr'),
    ]);
    expect(both.map(({ state }) => state)).toEqual(['present', 'present']);
  });

  describe('while the second store is gone', () => {
    let segment: string;

    beforeAll(async () => {
      // The rate is measured from here on.
      await backlogSignal([]);
      await fleet.member(SECOND_STORE).stop();
      for (let n = 0; n < 5; n++) {
        segment = await writeSegment();
        await sleep(5000);
      }
    });

    it('says how many hours the disk lasts, and whose fault it is', async () => {
      const signal = await backlogSignal(['second']);
      expect(signal?.unit).toBe('h');
      expect(signal?.value).toBeGreaterThan(0);
      expect(signal?.sentence).toMatch(
        /WAL segments \(.*\) wait on fleet-pg-1, for repository 'second' does not answer: .* At .*\/min .* free on the disk of .*pg_wal last .*; then fleet-pg-1 stops/,
      );
      expect(await isArchived(segment)).toBe(false);
    });

    it('takes backups to the first all the same, and refuses those to the second with its name', async () => {
      const [taken, failure] = await Promise.all([
        backup(first, 'to-first-alone', 'incr'),
        backup(second, 'to-second-gone').catch((thrown: unknown) => thrown),
      ]);
      expect(taken.state).toBe('present');
      expect(failure).toBeInstanceOf(OperationFailedError);
      expect((failure as OperationFailedError).failure.cause).toContain(
        "'second'",
      );
    });

    it('gives the second every segment when it is back: no gap, and the next backup', async () => {
      await fleet.member(SECOND_STORE).start();
      const startedAt = Date.now();
      while (!(await isArchived(segment)) && Date.now() - startedAt < 180_000) {
        await sleep(1000);
      }
      expect(await isArchived(segment)).toBe(true);
      const taken = await backup(second, 'to-second-again', 'incr');
      const { logs, backups } = await inventory(second);
      expect(backups.map(({ id }) => id)).toContain(taken.id);
      expect(logs).toHaveLength(1);
      const { segmentBytes = 0, toPosition = '0/0' } = logs[0];
      expect(parsePosition(toPosition)).toBeGreaterThanOrEqual(
        endOfSegment(segment, segmentBytes),
      );
      const window = engine.describe.recoveryWindow(
        second.database.id,
        await inventory(second),
      );
      expect(window.intervals.filter(({ kind }) => kind === 'gap')).toEqual([]);
      expect((await backlogSignal([]))?.status).toBe('ok');
    });
  });

  it('restores from the second what was written while it was gone, with the first one gone', async () => {
    const written = await withAdmin(fleet, async client => {
      const { rows } = await client.query<{ rows: number }>(
        'SELECT count(*)::int AS rows FROM app.canary',
      );
      return rows[0].rows;
    });
    await fleet.member('fleet-s3').stop();
    try {
      expect(await restoredRows(second, { kind: 'latest' })).toBe(written);
    } finally {
      await fleet.member('fleet-s3').start();
    }
  });
});
