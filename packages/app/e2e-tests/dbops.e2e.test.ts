import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandLine } from './harness/CommandLine';
import { databaseEntry, TIMESCALE } from './harness/fleetDatabase';
import { FleetSecrets } from './harness/fleetSecrets';
import { inventoryOf, Operations } from './harness/operations';
import { listProcesses } from './harness/processes';
import { eventually, Stage } from './harness/Stage';

/** The same server, whose restores never find enough space. */
const SMALL_DISK = 'analytics-small-disk';
const DATABASES = [
  TIMESCALE,
  SMALL_DISK,
  'sessions-redis',
  'events-kafka',
  'coordination-zookeeper',
];
const EXIT = {
  error: 1,
  usage: 2,
  degraded: 3,
  operationFailed: 6,
  unreachable: 7,
  denied: 8,
};
const HEALTHY_SECONDS = 120;
/** Four of these start at the same time, each loading every engine. */
const OPEN_SECONDS = 180;

describe('the command line', () => {
  let stage: Stage;
  let operations: Operations;
  let owner: CommandLine;
  let viewer: CommandLine;
  let approver: CommandLine;
  let backupId: string;

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['postgresql', 'redis', 'kafka', 'zookeeper'],
      browser: false,
      configuration: async fleet => ({
        databaseOps: {
          databases: {
            [TIMESCALE]: await databaseEntry(fleet),
            [SMALL_DISK]: await databaseEntry(fleet, {
              restore: { minimumFreeBytes: 1e15 },
            }),
          },
        },
      }),
    });
    const person = (role: string) =>
      new CommandLine(join(stage.stateDirectory, `home-${role}`));
    owner = person('owner');
    viewer = person('viewer');
    approver = person('approver');
    operations = await Operations.of(stage, [TIMESCALE, SMALL_DISK]);
  });

  afterAll(async () => {
    await stage?.stop();
  });

  const configuration = () =>
    [
      'app-config.yaml',
      'app-config.demo.yaml',
      join(stage.stateDirectory, 'app-config.fleet.yaml'),
      join(stage.stateDirectory, 'app-config.test.yaml'),
    ].flatMap(file => ['--config', file]);

  it('says how to sign in, how it is used, and where no portal is, each with its exit code', async () => {
    const [stranger, misused, lost] = await Promise.all([
      owner.dbops(['status']),
      owner.dbops(['--output', 'xml', 'status']),
      owner.dbops(['--url', 'http://127.0.0.1:9', 'login', '--demo', 'owner']),
    ]);
    expect(stranger).toMatchObject({ code: EXIT.denied, out: '' });
    expect(stranger.err).toContain('dbops login');
    expect(misused).toMatchObject({ code: EXIT.usage, out: '' });
    expect(lost).toMatchObject({ code: EXIT.unreachable, out: '' });
    expect(lost.err).toContain('http://127.0.0.1:9');
  });

  it('signs in by make and by token, and shows status and health as tables and as JSON', async () => {
    const { url } = stage.portal;
    const [byMake] = await Promise.all([
      owner.make(['login', `URL=${url}`, 'ROLE=owner']),
      viewer.dbops(['--url', url, 'login', '--demo', 'viewer']),
      approver.dbops(['--url', url, 'login', '--token-stdin'], {
        input: await stage.portal.token('approver'),
      }),
    ]);
    expect(byMake).toMatchObject({ code: 0 });
    expect(byMake.err).toContain(`which shows ${DATABASES.length} databases`);

    const rows = await eventually(
      'Every database healthy',
      () => owner.json(['status']),
      found =>
        found.every(({ status }: { status: string }) => status === 'healthy'),
      { withinSeconds: HEALTHY_SECONDS },
    );
    expect(rows.map(({ id }: { id: string }) => id).sort()).toEqual(
      [...DATABASES].sort(),
    );
    // A busy host may leave one check without an answer in time.
    const [status, health] = await eventually(
      'Healthy in the table too',
      () =>
        Promise.all([
          owner.make(['status']),
          owner.dbops(['health', TIMESCALE]),
        ]),
      told => told.every(({ code }) => code === 0),
      { withinSeconds: HEALTHY_SECONDS },
    );
    for (const databaseId of DATABASES) {
      expect(status.out).toMatch(new RegExp(`^${databaseId} .*healthy`, 'm'));
    }
    expect(health.out).toContain(`${TIMESCALE}: healthy`);
    expect(health.out).toContain('fleet-pg-2');
  });

  it('tells scripts that a database is degraded, and why', async () => {
    const standby = stage.fleet.member('fleet-pg-2');
    await standby.stop();
    try {
      const health = await eventually(
        'The command calls it degraded',
        () => viewer.dbops(['health', TIMESCALE]),
        ({ code }) => code === EXIT.degraded,
        { withinSeconds: 60 },
      );
      expect(health.out).toContain('fleet-pg-2');
    } finally {
      await standby.start();
    }
  });

  it('backs up, lists the backup, and shows the operation with its events', async () => {
    const made = await owner.make(['backup', `DATABASE=${TIMESCALE}`]);
    expect(made.code).toBe(0);
    const [operation] = await owner.json([
      'operations',
      '--database',
      TIMESCALE,
    ]);
    expect(operation).toMatchObject({ kind: 'backup', state: 'succeeded' });
    expect(made.out).toContain(operation.id);

    const [list, followed, unknown] = await Promise.all([
      owner.json(['backups', TIMESCALE]),
      owner.dbops(['operations', operation.id, '--follow']),
      owner.dbops(['operations', 'no-such-operation']),
    ]);
    backupId = operation.result.backup.id;
    expect(list.items[0]).toMatchObject({ id: backupId, state: 'present' });
    expect(followed.code).toBe(0);
    expect(followed.err).toMatch(/Copying/);
    expect(followed.out).toContain(`backup of ${TIMESCALE} succeeded`);
    expect(unknown).toMatchObject({ code: EXIT.error, out: '' });
  });

  it('restores a chosen backup only when the name is typed, lists the instance, and discards it', async () => {
    const unconfirmed = await owner.dbops([
      ...['restore', TIMESCALE, '--backup', backupId],
      ...['--confirm', 'analytics'],
    ]);
    expect(unconfirmed.code).toBe(EXIT.usage);
    expect(unconfirmed.err).toContain(`--confirm ${TIMESCALE}`);

    const restored = await owner.dbops([
      ...['restore', TIMESCALE, '--backup', backupId],
      ...['--confirm', TIMESCALE, '--wait'],
    ]);
    expect(restored.code).toBe(0);
    const [instance] = await owner.json(['instances', TIMESCALE]);
    expect(instance).toMatchObject({ backupId, state: 'running' });

    const discarded = await owner.dbops(['discard', instance.id, '--wait']);
    expect(discarded.code).toBe(0);
    const [after] = await owner.json(['instances', TIMESCALE]);
    expect(after).toMatchObject({ id: instance.id, state: 'discarded' });
  });

  it('exits with its own code when an operation fails, and names cause and next step', async () => {
    expect(await operations.run(inventoryOf(SMALL_DISK))).toMatchObject({
      state: 'succeeded',
    });
    const failed = await owner.dbops([
      ...['restore', SMALL_DISK, '--latest'],
      ...['--confirm', SMALL_DISK, '--wait'],
    ]);
    expect(failed.code).toBe(EXIT.operationFailed);
    expect(failed.out).toMatch(/cause: .*too little space/);
    expect(failed.out).toMatch(/next step: .*free space/);
  });

  it('starts nothing for a viewer, which the approver finds in the audit history', async () => {
    const refused = await viewer.dbops(['backup', TIMESCALE]);
    expect(refused).toMatchObject({ code: EXIT.denied, out: '' });
    expect(refused.err).toContain('database-ops.database.run');

    const [listed, chain] = await Promise.all([
      approver.dbops(['audit', '--database', TIMESCALE]),
      approver.dbops(['audit', '--verify']),
    ]);
    expect(listed.out).toMatch(/user:default\/viewer .*denied/);
    expect(listed.out).toMatch(/user:default\/owner .*succeeded/);
    expect(chain).toMatchObject({ code: 0 });
    expect(chain.out).toMatch(/The chain of \d+ events holds/);
  });

  it('reads the configuration as the portal does, and fails on what would be quarantined', async () => {
    const wrong = join(stage.stateDirectory, 'wrong.yaml');
    // YAML reads JSON.
    await writeFile(
      wrong,
      JSON.stringify({
        databaseOps: {
          databases: { [TIMESCALE]: { postgresql: { databse: 'app' } } },
        },
      }),
    );
    const [good, bad] = await Promise.all([
      owner.make(['validate', `CONFIG=${configuration().join(' ')}`]),
      owner.dbops([
        ...['config', 'check', ...configuration(), '--config', wrong],
      ]),
    ]);
    expect(good).toMatchObject({ code: 0 });
    expect(good.out).toContain(
      `${DATABASES.length} databases, 0 of them wrong`,
    );
    expect(bad.code).toBe(EXIT.error);
    expect(bad.out).toMatch(
      new RegExp(
        `^${TIMESCALE}: databaseOps\\.databases\\.${TIMESCALE}\\.postgresql.*databse`,
        'm',
      ),
    );
  });

  it('opens the shell of each engine, with the password in no argument and in no file that stays', async () => {
    const secrets = await FleetSecrets.of(stage.fleet);
    const seen = new Map<string, string>();
    const whileOpen = (command: RegExp) => async (hasEnded: () => boolean) => {
      await eventually(
        `A process ${command} is open`,
        async () =>
          (await listProcesses()).filter(
            each =>
              command.test(
                `${basename(each.arguments[0] ?? '')} ${each.arguments.join(' ')}`,
              ) && each.environment.includes(`HOME=${owner.home}`),
          ),
        found => {
          found.forEach(each =>
            seen.set(`${command} ${each.pid}`, each.arguments.join('\n')),
          );
          return found.length > 0 || hasEnded();
        },
        { withinSeconds: OPEN_SECONDS },
      );
    };
    const sessions = await Promise.all([
      owner.make(['connect-ts', `CONFIG=${configuration().join(' ')}`], {
        input: 'SELECT current_user, pg_is_in_recovery();\n',
        meanwhile: whileOpen(/^psql /),
      }),
      owner.make(['connect-redis', `CONFIG=${configuration().join(' ')}`], {
        input: 'CLUSTER INFO\n',
        meanwhile: whileOpen(/^redis-cli /),
      }),
      owner.make(['connect-kafka', `CONFIG=${configuration().join(' ')}`], {
        input: 'topics\nquit\n',
        meanwhile: whileOpen(/module-kafka\/src\/shell/),
      }),
      owner.make(['connect-zookeeper', `CONFIG=${configuration().join(' ')}`], {
        input: 'ls /\nquit\n',
        meanwhile: whileOpen(/module-zookeeper\/src\/shell/),
      }),
    ]);
    expect(sessions.map(({ code, err }) => ({ code, err }))).toEqual(
      sessions.map(() => ({
        code: 0,
        err: expect.stringMatching(/^Opening /),
      })),
    );
    expect(seen.size).toBeGreaterThanOrEqual(sessions.length);
    const [psql, redis, kafka, zookeeper] = sessions.map(({ out }) => out);
    expect(psql).toMatch(/dbops_monitor \| f/);
    expect(redis).toContain('cluster_state:ok');
    expect(kafka).toContain('orders');
    expect(zookeeper).toContain('zookeeper');
    expect(secrets.foundAt(seen)).toEqual([]);
    expect(await readdir(owner.temporaryFolder)).toEqual([]);
  });

  it('printed no password, key or token by any of these commands', async () => {
    const secrets = await FleetSecrets.of(stage.fleet);
    const printed = [owner, viewer, approver].flatMap(each => [
      ...each.printed,
    ]);
    expect(printed.length).toBeGreaterThan(20);
    expect(secrets.foundAt(printed)).toEqual([]);
    for (const person of [owner, viewer, approver]) {
      const token = await person.token();
      expect(printed.filter(([, text]) => text.includes(token))).toEqual([]);
    }
  });
});
