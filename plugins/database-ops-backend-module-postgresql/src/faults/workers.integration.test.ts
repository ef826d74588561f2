// What ends a worker in its midst, and two workers at once.
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  OperateTarget,
  OperationFailedError,
  WorkerHandle,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { parseInstant } from '../wal/instant';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from '../__testUtils__/fleetDatabase';
import { TcpProxy } from '../__testUtils__/TcpProxy';
import { WorkerDriver, WorkerOrder } from '../__testUtils__/WorkerDriver';

jest.setTimeout(400_000);

const run = promisify(execFile);
/** Incompressible, and enough that a copy can be interrupted. */
const BULK = `
CREATE TABLE public.fault_bulk AS
SELECT n, string_agg(md5(random()::text), '') AS body
FROM generate_series(1, 8000) AS n, generate_series(1, 64) GROUP BY n`;
const PGBACKREST_FOLDERS = 'pgbackrest';

/** Writes until nothing more finds room. */
function fill(file: string): void {
  const piece = Buffer.alloc(16 * 1024 * 1024);
  try {
    for (;;) {
      appendFileSync(file, piece);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') {
      throw error;
    }
  }
}

describe('a worker that is stopped in its midst', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let driver: WorkerDriver;
  let stateDirectory: string;
  let restores: string;
  let backupId: string;
  let proxy: TcpProxy;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    restores = target.database.config.restore!.directory;
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-faults-'));
    proxy = await TcpProxy.to(await fleet.context.port('s3'));
    driver = await driverOf(target, 'own');
    await withAdmin(fleet, client => client.query(BULK));
    backupId = await backup();
  });

  afterAll(async () => {
    await proxy?.close();
    await withAdmin(fleet, client =>
      client.query('DROP TABLE IF EXISTS public.fault_bulk'),
    );
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function driverOf(
    of: OperateTarget<PostgresqlConfig>,
    name: string,
  ): Promise<WorkerDriver> {
    const folder = join(stateDirectory, name);
    await mkdir(folder, { recursive: true });
    return WorkerDriver.create({ target: of, stateDirectory: folder });
  }

  async function backup(type = 'full'): Promise<string> {
    const { result } = await driver.succeed({
      kind: 'backup',
      parameters: { type },
    });
    return (result.backup as { id: string }).id;
  }

  async function restoreAndDiscard(): Promise<void> {
    const { reference } = await driver.restore({ kind: 'backup', backupId });
    await driver.discard(reference);
    expect(await readdir(restores)).toEqual([]);
  }

  /** The way to the store through which workers go, the server's archiving goes past it. */
  function throughProxy(): OperateTarget<PostgresqlConfig> {
    return {
      ...target,
      repository: {
        ...target.repository,
        endpoint: `https://127.0.0.1:${proxy.port}`,
      },
    };
  }

  async function untilStep(
    of: WorkerDriver,
    handle: WorkerHandle,
    step: string,
  ): Promise<void> {
    const end = new AbortController();
    for await (const event of of.executor.follow(handle, 0, end.signal)) {
      if (event.type === 'progress' && event.progress.step === step) {
        return;
      }
    }
    throw new Error(`The worker ended before the step '${step}'.`);
  }

  /** Processes of pgBackRest that run for a worker, wherever they are. */
  async function pgbackrestsOf(folder: string): Promise<string[]> {
    const { stdout } = await run('ps', ['-eo', 'pid=,args=']);
    return stdout
      .split('\n')
      .filter(
        line => line.includes(PGBACKREST_FOLDERS) && line.includes(folder),
      );
  }

  async function startUntil(
    of: WorkerDriver,
    order: WorkerOrder,
    step: string,
  ): Promise<WorkerHandle> {
    const handle = await of.start(order);
    await untilStep(of, handle, step);
    return handle;
  }

  it('by a kill while it restores leaves no process, and the next restore takes its place away', async () => {
    const handle = await startUntil(
      driver,
      { kind: 'restore', parameters: { kind: 'backup', backupId } },
      'Fetching files',
    );
    process.kill(await driver.executor.processIdOf(handle), 'SIGKILL');
    for (const until = Date.now() + 10_000; Date.now() < until;) {
      if ((await driver.groupOf(handle)).length === 0) {
        break;
      }
      await sleep(100);
    }
    expect(await driver.groupOf(handle)).toEqual([]);
    expect(await pgbackrestsOf(restores)).toEqual([]);
    expect((await driver.executor.state(handle)).state).toBe('ended');
    await restoreAndDiscard();
  });

  it('by a kill while it backs up leaves no child of pgBackRest here or at the source, and the next backup succeeds', async () => {
    const handle = await startUntil(
      driver,
      { kind: 'backup', parameters: { type: 'full' } },
      'Copying',
    );
    process.kill(await driver.executor.processIdOf(handle), 'SIGKILL');
    for (const until = Date.now() + 10_000; Date.now() < until;) {
      if ((await driver.groupOf(handle)).length === 0) {
        break;
      }
      await sleep(100);
    }
    expect(await pgbackrestsOf(stateDirectory)).toEqual([]);
    expect(await backup('incr')).not.toBe(backupId);
  });

  it('by the store going away while it restores ends with the repository named, leaves nothing, and restores when it is back', async () => {
    const cut = await driverOf(throughProxy(), 'cut-restore');
    const handle = await startUntil(
      cut,
      { kind: 'restore', parameters: { kind: 'backup', backupId } },
      'Fetching files',
    );
    proxy.cut();
    const startedAt = Date.now();
    const { failure } = await cut.end(handle);
    proxy.mend();
    expect(failure).toMatchObject({ object: target.repository.id });
    expect((Date.now() - startedAt) / 1000).toBeLessThan(120);
    expect(await readdir(restores)).toEqual([]);
    await restoreAndDiscard();
  });

  it('by the store going away while it backs up ends with the repository named, and the window has no such backup', async () => {
    const cut = await driverOf(throughProxy(), 'cut-backup');
    const handle = await startUntil(
      cut,
      { kind: 'backup', parameters: { type: 'full' } },
      'Copying',
    );
    proxy.cut();
    const startedAt = Date.now();
    const { failure } = await cut.end(handle);
    proxy.mend();
    // The lease cannot be renewed: whoever comes next must find the place free.
    expect(failure).toMatchObject({
      object: `repository ${target.repository.id}`,
      code: 'lease-lost',
    });
    expect((Date.now() - startedAt) / 1000).toBeLessThan(120);
    const { result } = await driver.succeed({ kind: 'inventory' });
    const ids = (
      result.inventory as unknown as { backups: { operationId?: string }[] }
    ).backups.map(({ operationId }) => operationId);
    expect(ids).not.toContain(handle.reference.split('/').at(-1));
    await backup('full');
  });

  it.each(['Fetching files', 'Recovering'])(
    'by a disk that fills at the step "%s" of a restore names the folder, and leaves nothing on it',
    async fatalStep => {
      // A file system of its own, which only root can make.
      expect(process.getuid?.()).toBe(0);
      const folder = join(fleet.context.directory, 'small');
      await mkdir(folder, { recursive: true });
      await run('mount', [
        '-t',
        'tmpfs',
        '-o',
        'size=320m,mode=0777',
        'tmpfs',
        folder,
      ]);
      const small = await fleetTarget(fleet, {
        restore: { directory: folder },
      });
      try {
        const context = (
          await recordedRun(small.repository, {
            operationId: `full-disk-${process.pid}-${fatalStep.length}`,
            stateDirectory,
          })
        ).context;
        let isFilled = false;
        const thrown: unknown = await engine.operate.restore!(
          small,
          { kind: 'backup', backupId },
          {
            ...context,
            progress: ({ step }) => {
              if (step === fatalStep && !isFilled) {
                isFilled = true;
                // It was large enough when it was looked at.
                fill(join(folder, 'somebody-elses'));
              }
            },
          },
        ).catch(error => error);
        expect(isFilled).toBe(true);
        expect(thrown).toBeInstanceOf(OperationFailedError);
        const { failure } = thrown as OperationFailedError;
        expect(failure.cause).toMatch(/disk .*is full/);
        expect(failure.object).toContain(folder);
        expect(await readdir(folder)).toEqual(['somebody-elses']);
      } finally {
        await run('umount', [folder]);
      }
      await restoreAndDiscard();
    },
  );

  it('by another worker is not: of two backups at once one waits or is told who holds the lease, and both leave the repository whole', async () => {
    const other = await driverOf(target, 'other');
    const runs = await Promise.all(
      [driver, other].map(each =>
        each.run({ kind: 'backup', parameters: { type: 'incr' } }),
      ),
    );
    const made = runs.filter(({ result }) => result);
    expect(made.length).toBeGreaterThan(0);
    for (const { failure } of runs.filter(({ result }) => !result)) {
      const holder = made[0].operationId;
      expect(JSON.stringify(failure)).toContain(holder);
    }
    expect(await backup('incr')).toMatch(/I$/);
    await restoreAndDiscard();
  });

  it('by a clock that is put back an hour is not: worker and server in a zone whose summer time ends now reach the same moments', async () => {
    const now = new Date();
    // A zone of POSIX whose summer time ended a minute ago: local times of the last hour come twice.
    const end = new Date(now.getTime() + 3600_000 - 60_000);
    const dayOfYear = Math.floor(
      (Date.UTC(end.getUTCFullYear(), end.getUTCMonth(), end.getUTCDate()) -
        Date.UTC(end.getUTCFullYear(), 0, 0)) /
        86_400_000,
    );
    const julian = (date: number) => Math.max(0, date - 1);
    const zone = `AAA0BBB-1,${julian(dayOfYear - 30)}/0,${julian(dayOfYear)}/${end.toISOString().slice(11, 19)}`;
    const zoneBefore = process.env.TZ;
    await withAdmin(fleet, async client => {
      await client.query(`ALTER SYSTEM SET timezone = '${zone}'`);
      await client.query(`ALTER SYSTEM SET log_timezone = '${zone}'`);
      await client.query('SELECT pg_reload_conf()');
    });
    process.env.TZ = zone;
    try {
      const elsewhere = await driverOf(target, 'elsewhere');
      const { result } = await elsewhere.succeed({
        kind: 'backup',
        parameters: { type: 'incr' },
      });
      const made = result.backup as { stoppedAt: string };
      expect(Math.abs(Date.parse(made.stoppedAt) - Date.now())).toBeLessThan(
        120_000,
      );
      const { at, rows } = await withAdmin(fleet, async client => {
        await client.query("INSERT INTO app.canary (token) VALUES ('before')");
        await sleep(1500);
        const moment = new Date().toISOString();
        const counted = await client.query<{ rows: number }>(
          'SELECT count(*)::int AS rows FROM app.canary',
        );
        await sleep(1500);
        await client.query("INSERT INTO app.canary (token) VALUES ('after')");
        await client.query('SELECT pg_switch_wal()');
        return { at: moment, rows: counted.rows[0].rows };
      });
      await sleep(3000);
      const { outcome, reference } = await elsewhere.restore({
        kind: 'time',
        time: at,
      });
      const found = await withAdmin(
        fleet,
        async client =>
          (
            await client.query<{ rows: number }>(
              'SELECT count(*)::int AS rows FROM app.canary',
            )
          ).rows[0].rows,
        { port: outcome.connection.port! },
      );
      await elsewhere.discard(reference);
      expect(found).toBe(rows);
      expect(parseInstant(outcome.moment!.time)!).toBeLessThanOrEqual(
        parseInstant(at)!,
      );
    } finally {
      if (zoneBefore === undefined) {
        delete process.env.TZ;
      } else {
        process.env.TZ = zoneBefore;
      }
      await withAdmin(fleet, async client => {
        await client.query('ALTER SYSTEM RESET timezone');
        await client.query('ALTER SYSTEM RESET log_timezone');
        await client.query('SELECT pg_reload_conf()');
      });
    }
    expect(existsSync(restores)).toBe(true);
    await backup('incr');
  });
});
