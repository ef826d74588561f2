// History under load over a failover, random moments of it restored by real
// workers, and what goes wrong at the source.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mockServices } from '@backstage/backend-test-utils';
import { Signal } from 'backstage-plugin-database-ops-common';
import { Inventory, OperateTarget } from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { fleetTarget } from '../__testUtils__/fleetDatabase';
import { connectTo, runMoments } from '../__testUtils__/moments/MomentRun';
import { WorkerDriver } from '../__testUtils__/WorkerDriver';

jest.setTimeout(600_000);

const MOMENTS = 5;
const SEED = 20_261_123;

describe('a primary that failed over', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let driver: WorkerDriver;
  let stateDirectory: string;

  beforeAll(async () => {
    // Its timelines part: nobody else can use it.
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'], fresh: true });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-failover-'));
    driver = await WorkerDriver.create({ target, stateDirectory });
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function signals(): Promise<readonly Signal[]> {
    const observer = engine.observe.createObserver(target.database);
    try {
      const found = await observer.checkHealth({
        logger: mockServices.logger.mock(),
        signal: AbortSignal.timeout(20_000),
      });
      return found.signals;
    } finally {
      await observer.close();
    }
  }

  async function onPrimary(...statements: string[]): Promise<void> {
    const client = await connectTo(fleet, 'fleet-pg-2');
    try {
      for (const statement of statements) {
        await client.query(statement);
      }
    } finally {
      await client.end();
    }
  }

  const backup = (type = 'incr') =>
    driver.run({ kind: 'backup', parameters: { type } });

  it('is followed by the next backup, and random moments of either branch restore to exactly what the load had committed', async () => {
    const { results, backups, commits } = await runMoments({
      fleet,
      driver,
      logFile: join(stateDirectory, 'commits.log'),
      databaseId: target.database.id,
      moments: MOMENTS,
      seed: SEED,
      ratePerSecond: 240,
      stageSeconds: 2,
      chain: ['full', 'diff', 'incr'],
      parallel: 1,
      say: () => {},
    });
    expect(commits).toBeGreaterThan(1000);
    // The last was taken of the promoted server, with the old primary gone.
    expect(backups.map(({ type }) => type)).toEqual([
      'full',
      'diff',
      'incr',
      'incr',
    ]);
    expect(results.flatMap(({ differences }) => differences)).toEqual([]);
    expect(new Set(results.map(({ place }) => place))).toEqual(
      new Set(['before', 'old', 'new']),
    );
    const { result } = await driver.succeed({ kind: 'inventory' });
    const { intervals } = engine.describe.recoveryWindow(
      target.database.id,
      result.inventory as unknown as Inventory,
    );
    expect(
      new Set(
        intervals
          .filter(({ kind }) => kind === 'claimed')
          .map(({ timeline }) => timeline),
      ),
    ).toEqual(new Set([1, 2]));
  });

  it('and whose standby is gone is told by health, and backed up all the same', async () => {
    const standby = (await signals()).find(({ sentence }) =>
      sentence.includes('fleet-pg-1'),
    );
    expect(standby?.status).toMatch(/warning|critical/);
    expect((await backup()).failure).toBeUndefined();
  });

  it('to a host that pgBackRest cannot reach ends the backup with both hosts named, and the next succeeds', async () => {
    const servers = ['fleet-pgbackrest', 'fleet-pgbackrest-2'] as const;
    for (const name of servers) {
      await fleet.member(name).stop();
    }
    const { failure } = await backup();
    const both: string[] = [];
    for (const name of servers) {
      await fleet.member(name).start();
      both.push(`127.0.0.1:${await fleet.context.port(name)}`);
    }
    expect(failure).toMatchObject({
      object: both.join(' and '),
      cause: expect.stringContaining(`${both[1]}: `),
    });
    expect((await backup()).failure).toBeUndefined();
  });

  it('and whose archive command fails is told by health with the segment, is not backed up, and is again when it works', async () => {
    const { rows } = await (async () => {
      const client = await connectTo(fleet, 'fleet-pg-2');
      try {
        const command = await client.query<{ value: string }>(
          "SELECT current_setting('archive_command') AS value",
        );
        await client.query("ALTER SYSTEM SET archive_command = '/bin/false'");
        await client.query('SELECT pg_reload_conf()');
        await client.query("INSERT INTO app.canary (token) VALUES ('kept')");
        await client.query('SELECT pg_switch_wal()');
        return command;
      } finally {
        await client.end();
      }
    })();
    expect(rows[0].value).toContain('archive-push');
    let archiver: Signal | undefined;
    for (const until = Date.now() + 60_000; Date.now() < until;) {
      archiver = (await signals()).find(({ id }) => id === 'archiver');
      if (archiver?.status !== 'ok') {
        break;
      }
      await sleep(1000);
    }
    expect(archiver?.status).toMatch(/warning|critical/);
    expect(archiver?.sentence).toMatch(/fails to archive [0-9A-F]{24}/);
    expect((await backup()).failure).toMatchObject({
      object: 'fleet',
      cause: expect.stringContaining('archive_command'),
    });
    await onPrimary(
      'ALTER SYSTEM RESET archive_command',
      'SELECT pg_reload_conf()',
    );
    expect((await backup()).failure).toBeUndefined();
  });

  it('and on which a slot retains WAL that nobody fetches is told by health with the slot', async () => {
    await onPrimary(
      "SELECT pg_create_physical_replication_slot('forgotten', true)",
      'CREATE TABLE public.churn AS SELECT n FROM generate_series(1, 400000) AS n',
      'SELECT pg_switch_wal()',
    );
    const slots = (await signals()).filter(({ sentence }) =>
      sentence.includes('forgotten'),
    );
    await onPrimary(
      "SELECT pg_drop_replication_slot('forgotten')",
      'DROP TABLE public.churn',
    );
    expect(slots.map(({ status }) => status)).toContain('warning');
  });
});
