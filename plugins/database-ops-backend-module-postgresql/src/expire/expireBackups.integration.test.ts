import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isError } from '@backstage/errors';
import { Backup } from 'backstage-plugin-database-ops-common';
import {
  assertPlanDone,
  assertPlanHolds,
  ExpireRequest,
  Inventory,
  OperateTarget,
  RepositoryBucket,
  RepositoryDefinition,
  repositoryFor,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan } from 'local-fleet';
import {
  fleetTarget,
  recordedRun,
  RecordedRun,
  withAdmin,
} from '../__testUtils__/fleetDatabase';
import { WorkerDriver } from '../__testUtils__/WorkerDriver';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';
import { PgBackRest } from '../pgbackrest/PgBackRest';

jest.setTimeout(600_000);

describe('expire of a real repository', () => {
  let loan: FleetLoan;
  let target: OperateTarget<PostgresqlConfig>;
  let stateDirectory: string;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    target = await fleetTarget(loan.fleet);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-expire-'));
  });

  afterAll(async () => {
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function run(operationId: string): Promise<RecordedRun> {
    return recordedRun(target.repository, { operationId, stateDirectory });
  }

  async function backup(type: 'full' | 'incr', name: string): Promise<Backup> {
    await withAdmin(loan.fleet, client =>
      client.query('INSERT INTO app.canary (token) VALUES ($1)', [name]),
    );
    const { context } = await run(`expire-test-${name}`);
    const taken = await engine.operate.backup!(target, { type }, context);
    return taken.backup;
  }

  async function inventory(): Promise<Inventory> {
    const { context } = await run('expire-test-inventory');
    return engine.operate.inventory!(target, context);
  }

  async function expire(request: ExpireRequest) {
    const { context } = await run('expire-test-expire');
    return engine.operate.expire!(target, request, context);
  }

  /** pgBackRest as a person on another machine runs it: nothing excludes it. */
  async function byHand(): Promise<PgBackRest> {
    const elsewhere = await fleetTarget(loan.fleet, {
      pgbackrest: { lockDirectory: join(stateDirectory, 'other-locks') },
    });
    return PgBackRest.create(
      elsewhere,
      (await run('expire-test-by-hand')).context,
    );
  }

  async function segments(pgbackrest: PgBackRest): Promise<readonly string[]> {
    const { stdout } = await pgbackrest.run({
      command: 'repo-ls',
      args: ['--recurse', '--filter=[0-9A-F]{24}-[0-9a-f]{40}'],
      operands: [`archive/${pgbackrest.config.stanza}`],
      timeoutSeconds: 60,
    });
    return [...stdout.matchAll(/([0-9A-F]{24})-[0-9a-f]{40}/g)]
      .map(([, segment]) => segment)
      .sort();
  }

  it('removes exactly what was planned, with the log before, and nothing more the second time', async () => {
    const fullA = await backup('full', 'a');
    const incrA = await backup('incr', 'a1');
    const fullB = await backup('full', 'b');
    const incrB = await backup('incr', 'b1');
    expect(incrA.chain).toEqual([fullA.id, incrA.id]);

    const before = await inventory();
    const keep = before.backups
      .map(({ id }) => id)
      .filter(id => id !== fullA.id && id !== incrA.id);
    const request: ExpireRequest = {
      remove: [fullA.id, incrA.id],
      keep,
      logsFrom: { backupId: fullB.id, time: fullB.startedAt },
      planHash: 'a-and-a1',
    };
    assertPlanHolds(request, before, [], new Date());
    const hand = await byHand();
    const info = await hand.info();
    const first = info!.backup.find(({ label }) => label === fullB.id)!.archive!
      .start!;
    expect((await segments(hand))[0] < first).toBe(true);

    const outcome = await expire(request);
    expect(outcome).toEqual({
      orphans: [],
      logsFrom: first,
      locks: expect.stringContaining('are locked against removal'),
    });
    const after = await inventory();
    assertPlanDone(request, before, after);
    expect(after.backups.map(({ id }) => id)).toEqual(keep);
    const left = await segments(hand);
    expect(left).toContain(first);
    const needed = new Set(
      info!.backup.flatMap(({ archive }) => [archive?.start, archive?.stop]),
    );
    expect(
      left.filter(segment => segment < first && !needed.has(segment)),
    ).toEqual([]);

    expect(await expire(request)).toMatchObject({
      orphans: [],
      logsFrom: first,
    });
    assertPlanDone(request, before, await inventory());
    expect((await inventory()).backups.at(-1)?.id).toBe(incrB.id);
  });

  it('takes backups with an account that may delete nothing, and removes them with the one of retention alone', async () => {
    const { context } = loan.fleet;
    const account = async (name: string) => ({
      accessKeyId: new Secret(await context.secret(`s3-${name}-access-key`)),
      secretAccessKey: new Secret(
        await context.secret(`s3-${name}-secret-key`),
      ),
    });
    const retention = await account('retention');
    const apply = async (overrides: Partial<RepositoryDefinition>) => {
      const bucket = await RepositoryBucket.open(
        { ...target.repository, ...overrides },
        { credentials: await account('admin') },
      );
      try {
        await bucket.apply();
      } finally {
        bucket.close();
      }
    };
    await apply({ retention });
    try {
      const full = await backup('full', 'kept-apart');
      await backup('incr', 'kept-apart-1');
      const next = await backup('full', 'kept-apart-2');
      const before = await inventory();
      const chain = before.backups
        .filter(one => one.chain.includes(full.id))
        .map(({ id }) => id);
      expect(chain).toHaveLength(2);
      const request: ExpireRequest = {
        remove: chain,
        keep: before.backups
          .map(({ id }) => id)
          .filter(id => !chain.includes(id)),
        planHash: 'kept-apart',
      };
      await expect(expire(request)).rejects.toThrow(/denied access/);

      const { context: run2 } = await run('expire-test-retention');
      await engine.operate.expire!(
        {
          ...target,
          repository: repositoryFor('expire', {
            ...target.repository,
            retention,
          }),
        },
        request,
        run2,
      );
      const after = await inventory();
      assertPlanDone(request, before, after);
      expect(after.backups.at(-1)?.id).toBe(next.id);
    } finally {
      await apply({});
    }
  });

  it('does not remove log when the backup it is kept from is gone', async () => {
    const work = expire({
      remove: [],
      keep: [],
      logsFrom: { backupId: '20200101-000000F', time: '2020-01-01T00:00:00Z' },
      planHash: 'gone',
    });
    await expect(work).rejects.toMatchObject({
      failure: { code: 'plan-outdated', object: 'backup 20200101-000000F' },
    });
  });

  it('reports an incremental as failed whose base somebody expired by hand meanwhile, claims neither, and takes a full one when the next incremental is asked for', async () => {
    const base = await backup('full', 'base');
    await withAdmin(loan.fleet, client =>
      client.query("INSERT INTO app.canary (token) VALUES ('race')"),
    );
    const workers = await WorkerDriver.create({
      target,
      stateDirectory: join(stateDirectory, 'workers'),
    });
    const incremental = {
      kind: 'backup',
      parameters: { type: 'incr' },
    } as const;
    const racing = await workers.start({
      ...incremental,
      operationId: 'expire-test-race',
    });
    const said = join(racing.reference, 'events.jsonl');
    await until(async () =>
      (await textOf(said)).includes(`last backup label = ${base.id}`),
    );
    const processId = await processOf('operation=expire-test-race');
    process.kill(processId, 'SIGSTOP');
    try {
      const hand = await byHand();
      await hand.run({
        command: 'expire',
        args: [`--set=${base.id}`],
        timeoutSeconds: 60,
      });
    } finally {
      process.kill(processId, 'SIGCONT');
    }
    expect((await workers.end(racing)).failure).toMatchObject({
      code: 'base-lost',
      cause: expect.stringContaining(`backup ${base.id}, which it needs`),
    });

    const found = await inventory();
    const states = Object.fromEntries(
      found.backups.map(({ id, state }) => [id, state]),
    );
    expect(states[base.id]).toBe('missing');
    const taken = found.backups.find(
      ({ operationId }) => operationId === 'expire-test-race',
    );
    expect(taken?.state).toBe('damaged');
    const { intervals } = engine.describe.recoveryWindow(
      target.database.id,
      found,
    );
    const claimed = intervals.map(({ backupId }) => backupId);
    expect(claimed).not.toContain(base.id);
    expect(claimed).not.toContain(taken?.id);

    const { result: next } = await workers.succeed(incremental);
    const full = next.backup as unknown as Backup;
    expect(full).toMatchObject({ type: 'full', chain: [full.id] });
    expect(next.note).toContain('since the one before lost its base');
    const { result: after } = await workers.succeed(incremental);
    const later = after.backup as unknown as Backup;
    expect(later).toMatchObject({ type: 'incr', chain: [full.id, later.id] });
    expect(after).not.toHaveProperty('note');
    // pgBackRest has noticed by itself now what it did not hold any more.
    expect(
      (await inventory()).backups.filter(({ id }) => id === base.id),
    ).toEqual([]);
  });
});

async function until(passes: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!(await passes())) {
    if (performance.now() > deadline) {
      throw new Error('What was waited for did not come within two minutes.');
    }
    await sleep(20);
  }
}

/** The process whose arguments contain a text. */
async function processOf(text: string): Promise<number> {
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name)) {
      const parts = (await textOf(`/proc/${name}/cmdline`)).split('\0');
      if (
        parts[0].endsWith('pgbackrest') &&
        parts.some(part => part.includes(text))
      ) {
        return Number(name);
      }
    }
  }
  throw new Error(`No pgBackRest runs with ${text} in its arguments.`);
}

/** Of a file that may not be there yet, or not any more. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isError(error) && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return '';
    }
    throw error;
  }
}
