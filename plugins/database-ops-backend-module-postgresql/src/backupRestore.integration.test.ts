import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { JsonObject } from '@backstage/types';
import {
  BackupOutcome,
  findProcess,
  listProcessGroup,
  OperateTarget,
  OperationFailedError,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import { PostgresqlConfig } from './config';
import { engine } from './engine';
import { serverPid } from './restore/serverPid';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from './__testUtils__/fleetDatabase';
import { archiveSegment } from './__testUtils__/segments';

jest.setTimeout(600_000);

const DIGEST =
  "SELECT count(*)::int AS rows, md5(string_agg(c::text, E'\\n' ORDER BY c::text)) AS digest FROM app.canary c";

type Verb = 'backup' | 'restore';

describe('backup and restore of a real PostgreSQL', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-state-'));
    await withAdmin(fleet, client =>
      client.query(
        "INSERT INTO app.canary (token) SELECT 'before ' || n FROM generate_series(1, 500) AS n",
      ),
    );
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function run(
    of: OperateTarget<PostgresqlConfig>,
    operationId: string,
    signal?: AbortSignal,
  ) {
    return recordedRun(
      // The store of our own objects is not what these tests break.
      { ...of.repository, ...pick(target.repository) },
      { operationId, signal, stateDirectory },
    );
  }

  function pick({
    bucket,
    accessKeyId,
    secretAccessKey,
    endpoint,
  }: typeof target.repository) {
    return { bucket, accessKeyId, secretAccessKey, endpoint };
  }

  async function backup(
    operationId: string,
    of = target,
  ): Promise<BackupOutcome> {
    const { context } = await run(of, operationId);
    return engine.operate.backup!(of, { type: 'full' }, context);
  }

  async function restore(
    operationId: string,
    parameters: JsonObject,
    of = target,
  ) {
    const { context } = await run(of, operationId);
    return engine.operate.restore!(of, parameters, context);
  }

  async function failureOf(verb: Verb, of: OperateTarget<PostgresqlConfig>) {
    const work =
      verb === 'backup'
        ? backup('failing-operation', of)
        : restore('failing-operation', { kind: 'latest' }, of);
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(OperationFailedError);
    return (error as OperationFailedError).failure;
  }

  async function digest(restored?: { port: number }) {
    return withAdmin(
      fleet,
      async client => (await client.query(DIGEST)).rows[0],
      restored,
    );
  }

  async function places() {
    return readdir(target.database.config.restore!.directory);
  }

  /** Nothing of a failed operation holds the lock or lives on: the next backup begins at once. */
  async function expectNothingLeft() {
    expect(await places()).toEqual([]);
    const own = await listProcessGroup(process.pid);
    expect(own.length).toBeLessThanOrEqual(1);
  }

  it('restores a backup to the content the source had then, leaves the source alone, and discards it', async () => {
    const before = await digest();
    const { backup: taken } = await backup('backup-operation-1');
    expect(taken).toMatchObject({
      type: 'full',
      state: 'present',
      operationId: 'backup-operation-1',
      requestedBy: 'user:default/owner',
    });
    const inventoryRun = await run(target, 'inventory-operation');
    const inventory = await engine.operate.inventory!(
      target,
      inventoryRun.context,
    );
    expect(inventory.backups).toContainEqual(taken);
    expect(inventory.systemId).toMatch(/^\d{15,}$/);

    await withAdmin(fleet, async client => {
      await client.query('DELETE FROM app.canary WHERE id % 2 = 0');
      await client.query("INSERT INTO app.canary (token) VALUES ('after')");
      // The restore to the latest moment needs this segment in the archive.
      await client.query('SELECT pg_switch_wal()');
    });
    const changed = await digest();
    expect(changed).not.toEqual(before);

    const restored = await restore('restore-operation-1', {
      kind: 'backup',
      backupId: taken.id,
      expiresAfter: 'PT1H',
    });
    expect(restored).toMatchObject({ backupId: taken.id, state: 'running' });
    expect(restored.facts).toMatchObject({
      systemIdentifier: inventory.systemId,
      archiveMode: 'off',
      rowCounts: { 'app.canary': before.rows },
    });
    const port = restored.connection.port!;
    expect(await digest({ port })).toEqual(before);
    expect(await digest()).toEqual(changed);
    expect(await readdir(restored.directory)).not.toContain('pgbackrest');

    const pid = await serverPid(join(restored.directory, 'data'));
    expect(pid).toBeGreaterThan(1);
    const reference = {
      restoredInstanceId: 'restore-operation-1',
      directory: restored.directory,
      facts: restored.facts,
    };
    for (const attempt of [1, 2]) {
      const { context } = await run(target, `discard-${attempt}`);
      await engine.operate.discard!(target, reference, context);
    }
    expect(await places()).toEqual([]);
    expect(await findProcess(pid!)).toBeUndefined();
    await expect(connect(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('restores the latest moment with what was archived after the backup', async () => {
    const now = await digest();
    const restored = await restore('restore-operation-2', { kind: 'latest' });
    expect(await digest({ port: restored.connection.port! })).toEqual(now);
    const { context } = await run(target, 'discard-3');
    await engine.operate.discard!(
      target,
      {
        restoredInstanceId: 'restore-operation-2',
        directory: restored.directory,
        facts: {},
      },
      context,
    );
  });

  /** A second with a commit before it and one behind it, all archived; and how many canaries there were. */
  async function momentBetween(): Promise<{ time: string; canaries: number }> {
    return withAdmin(fleet, async client => {
      const insert = () =>
        client.query("INSERT INTO app.canary (token) VALUES ('between')");
      await insert();
      const { rows } = await client.query<{ time: string; canaries: number }>(
        `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS time,
                (SELECT count(*)::int FROM app.canary) AS canaries`,
      );
      await sleep(20);
      await insert();
      await archiveSegment(client);
      return rows[0];
    });
  }

  it.each(['time', 'latest'])(
    'gives shell commands that restore without this software: %s',
    async kind => {
      const between = await momentBetween();
      const { rows: newest } = await digest();
      const { context } = await run(target, `listing-${kind}`);
      const inventory = await engine.operate.inventory!(target, context);
      const { backupId, parameters } = engine.describe.resolve!(
        target.database.id,
        inventory,
        kind === 'time' ? { kind, time: between.time } : { kind },
      );
      const commands = engine.observe.breakGlass!(
        target.database,
        target.repository,
        inventory.backups.find(({ id }) => id === backupId)!,
        parameters,
      );
      expect(commands.join('\n')).toContain(
        kind === 'time' ? '--type=time' : '--type=lsn',
      );
      const canaries = kind === 'time' ? between.canaries : newest;
      const place = await mkdtemp(join(tmpdir(), 'break-glass-'));
      await chmod(place, 0o777);
      const { repository, database } = target;
      const { restore: restores, pgbackrest } = database.config;
      const script = [
        'set -e',
        ...commands.map(command =>
          command.replace(/^export TARGET=\S+/, `export TARGET=${place}/new`),
        ),
        `pg_ctl stop -m immediate -D "$TARGET/data"`,
        'rm -rf "$TARGET"',
      ];
      const { stdout } = await context.processes.run({
        command: 'bash',
        args: ['-c', script.join('\n')],
        input: 'SELECT count(*) AS restored_canaries FROM app.canary;\n',
        cwd: '/',
        runAs: restores?.runAs,
        env: {
          PATH: `${restores?.binDirectory}:${process.env.PATH}`,
          REPOSITORY_ACCESS_KEY_ID: repository.accessKeyId.reveal(),
          REPOSITORY_SECRET_ACCESS_KEY: repository.secretAccessKey.reveal(),
          REPOSITORY_CIPHER_PASS: pgbackrest!.cipherPass!.reveal(),
        },
        timeoutSeconds: 120,
      });
      await rm(place, { recursive: true });
      expect(stdout).toMatch(
        new RegExp(`restored_canaries\\s*-*\\s*${canaries}\\b`),
      );
    },
  );

  it('removes what it made when a restore is cancelled', async () => {
    const controller = new AbortController();
    const { context, progress } = await run(
      target,
      'restore-operation-3',
      controller.signal,
    );
    const work = engine.operate.restore!(
      target,
      { kind: 'latest' },
      {
        ...context,
        progress: step => {
          progress.push(step);
          if (step.step === 'Recovering') {
            controller.abort(new Error('cancelled by a person'));
          }
        },
      },
    );
    await expect(work).rejects.toThrow('cancelled by a person');
    await expectNothingLeft();
  });

  it('refuses to discard a folder that no restore of this database made', async () => {
    const { context } = await run(target, 'discard-4');
    const directory = join(target.database.config.restore!.directory, 'other');
    await mkdir(directory);
    await expect(
      engine.operate.discard!(
        target,
        { restoredInstanceId: 'x', directory, facts: {} },
        context,
      ),
    ).rejects.toThrow('nothing was removed');
    await rm(directory, { recursive: true });
  });

  it('names a stanza that the database host does not let it at', async () => {
    const wrong = await fleetTarget(fleet, {
      pgbackrest: { stanza: 'nosuch' },
    });
    const failure = await failureOf('backup', wrong);
    expect(failure.cause).toContain("the stanza 'nosuch'");
    expect(failure.nextStep).toContain('pgbackrest.stanza');
    await expectNothingLeft();
  });

  it('names a bucket that does not exist', async () => {
    const wrong = {
      ...target,
      repository: { ...target.repository, bucket: 'no-such-bucket' },
    };
    for (const verb of ['backup', 'restore'] as const) {
      const failure = await failureOf(verb, wrong);
      expect(failure.cause).toContain("'no-such-bucket'");
      expect(failure.nextStep).toMatch(/bucket/);
    }
    await expectNothingLeft();
  });

  it('says that the credentials of the repository are wrong', async () => {
    const wrong = {
      ...target,
      repository: {
        ...target.repository,
        secretAccessKey: new Secret('not-the-secret-key-at-all'),
      },
    };
    for (const verb of ['backup', 'restore'] as const) {
      const failure = await failureOf(verb, wrong);
      expect(failure.cause).toContain('refused the credentials');
      expect(JSON.stringify(failure)).not.toContain('not-the-secret');
    }
    await expectNothingLeft();
  });

  it('says how many bytes are missing when the disk is too small', async () => {
    const small = await fleetTarget(fleet, {
      restore: { minimumFreeBytes: Number.MAX_SAFE_INTEGER },
    });
    const failure = await failureOf('restore', small);
    expect(failure.cause).toMatch(
      /too little space: .* \(\d+ bytes\) are free/,
    );
    await expectNothingLeft();
  });

  it('fails with the cause while the object store is away, and backs up again after it came back', async () => {
    await fleet.member('fleet-s3').stop({ force: true });
    try {
      const { context } = await run(target, 'without-store');
      const work = engine.operate.inventory!(target, context);
      await expect(work).rejects.toThrow(/cannot be reached|stopped answering/);
      await expectNothingLeft();
    } finally {
      await fleet.member('fleet-s3').start();
    }
    const { backup: taken } = await backup('backup-operation-2');
    expect(taken.operationId).toBe('backup-operation-2');
  });
});

async function connect(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
