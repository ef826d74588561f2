import { Ballast } from './harness/ballast';
import { databaseEntry, TIMESCALE } from './harness/fleetDatabase';
import { backupOf, Operation, Operations } from './harness/operations';
import { heldLocks } from './harness/pgbackrestLocks';
import { groupOf, listProcesses } from './harness/processes';
import { eventually, Stage } from './harness/Stage';
import { wrapPgbackrest } from './harness/wrapper';

/** Same server and stanza, but what was backed up is taken away at once. */
const FORGETFUL = 'analytics-forgetful';
/** Long enough to be interrupted with one process, short enough for a test. */
const BALLAST_MEGABYTES = 640;
const LEASE_FREE_SECONDS = 60;

describe('backups whose processes are killed', () => {
  let stage: Stage;
  let operations: Operations;
  let ballast: Ballast;

  beforeAll(async () => {
    stage = await Stage.start({
      only: ['s3', 'postgresql'],
      browser: false,
      configuration: async fleet => ({
        databaseOps: {
          databases: {
            [TIMESCALE]: await databaseEntry(fleet, {
              pgbackrest: { processMax: 1 },
            }),
            [FORGETFUL]: await databaseEntry(fleet, {
              pgbackrest: {
                command: await wrapPgbackrest(
                  fleet,
                  'forgetful',
                  `real "$@" || exit $?
[ "$command" = backup ] || exit 0
label=$(real "\${options[@]}" --output=json info | grep -o '"label":"[^"]*"' | tail -1 | cut -d'"' -f4)
real "\${options[@]}" --set="$label" expire`,
                ),
              },
            }),
          },
        },
      }),
    });
    operations = await Operations.of(stage, [TIMESCALE, FORGETFUL]);
    ballast = await Ballast.add(stage.fleet, BALLAST_MEGABYTES);
  });

  afterAll(async () => {
    await ballast?.remove();
    await stage?.stop();
  });

  /** A backup that copies files by now, and the group of its processes. */
  async function backupUnderWay(): Promise<{
    readonly id: string;
    readonly worker: number;
  }> {
    const { id } = await operations.start(backupOf(TIMESCALE));
    await operations.untilStep(id, 'Copying', 5);
    const worker = await operations.workerOf(id);
    const tools = (await groupOf(worker)).filter(each =>
      each.arguments[0]?.includes('pgbackrest'),
    );
    expect(tools.length).toBeGreaterThan(0);
    return { id, worker };
  }

  async function labels(): Promise<readonly string[]> {
    const { body } = await stage.api(
      'owner',
      `/databases/${TIMESCALE}/backups`,
    );
    return body.items
      .filter((each: { state: string }) => each.state === 'present')
      .map((each: { id: string }) => each.id);
  }

  async function expectNothingLeft(worker: number): Promise<void> {
    const group = await eventually(
      'The process group is empty',
      () => groupOf(worker),
      members => members.length === 0,
      { withinSeconds: 10 },
    );
    expect(group).toEqual([]);
    expect(await heldLocks(operations.workersDirectory)).toEqual([]);
    // The database host's part of it: the server forks one process a connection.
    const config = 'fleet-pgbackrest/server.conf';
    await eventually(
      'Only the server itself is left of pgBackRest on the database host',
      async () =>
        (await listProcesses()).filter(
          each =>
            each.arguments.at(-1) === 'server' &&
            each.arguments.some(
              argument =>
                argument.includes(stage.fleet.context.directory) &&
                argument.endsWith(config),
            ),
        ),
      found => found.length === 1,
      { withinSeconds: 30 },
    );
  }

  async function expectNextBackupSucceeds(): Promise<Operation> {
    const next = await operations.run(backupOf(TIMESCALE));
    expect(next).toMatchObject({ state: 'succeeded' });
    expect(await labels()).toContain(next.result.backup.id);
    return next;
  }

  it('follows the same operation to its success after kill -9 of the portal', async () => {
    const begunAt = new Date().toISOString();
    const { id, worker } = await backupUnderWay();
    await stage.portal.kill();
    expect((await groupOf(worker)).length).toBeGreaterThan(1);
    expect(await operations.workerOf(id)).toBe(worker);

    await stage.portal.start();
    const ended = await operations.untilEnded(id);
    expect(ended).toMatchObject({ id, state: 'succeeded' });
    // One worker carried it from its beginning to its end.
    const events = await operations.events(id);
    const taken = events.filter(({ message }) =>
      /^Lease of database .* taken/.test(message ?? ''),
    );
    expect(taken).toHaveLength(1);
    expect(events.map(({ seq }) => seq)).toEqual(
      events.map((_, index) => index + 1),
    );
    const { body } = await stage.api(
      'owner',
      `/operations?databaseId=${TIMESCALE}&kind=backup`,
    );
    // Earlier ones of these servers are taken over from the repository.
    expect(
      body.items
        .filter((each: Operation) => each.requestedAt >= begunAt)
        .map((each: Operation) => each.id),
    ).toEqual([id]);
    expect(await labels()).toContain(ended.result.backup.id);
    expect(await operations.auditedEnds(id)).toMatchObject([
      { outcome: 'succeeded', actor: 'user:default/owner' },
    ]);
    await expectNothingLeft(worker);
    await operations.untilNoWorkerLeft();
  });

  it('ends interrupted with the reason after kill -9 of the worker, and backs up again', async () => {
    const { id, worker } = await backupUnderWay();
    process.kill(worker, 'SIGKILL');
    const killedAt = Date.now();
    await expectNothingLeft(worker);

    const ended = await operations.untilEnded(id, 60);
    expect(ended).toMatchObject({
      state: 'interrupted',
      failure: {
        cause: expect.stringMatching(/worker ended without a result.*killed/),
        object: TIMESCALE,
        nextStep: expect.stringContaining('Start it again'),
      },
    });
    expect(await operations.auditedEnds(id)).toMatchObject([
      { outcome: 'interrupted' },
    ]);
    await eventually(
      'The lease is free',
      () => operations.isLeaseFree(TIMESCALE),
      free => free,
      { withinSeconds: LEASE_FREE_SECONDS - (Date.now() - killedAt) / 1000 },
    );
    const next = await expectNextBackupSucceeds();
    expect(next.result.backup.operationId).toBe(next.id);
  });

  it('leaves no process of a cancelled backup, and backs up again', async () => {
    const { id, worker } = await backupUnderWay();
    const { status } = await stage.api(
      'owner',
      `/operations/${id}/cancellation`,
      { method: 'POST' },
    );
    expect(status).toBe(202);
    const ended = await operations.untilEnded(id, 60);
    expect(ended.state).toBe('cancelled');
    expect(await operations.auditedEnds(id)).toMatchObject([
      { outcome: 'cancelled', actor: 'user:default/owner' },
    ]);
    await expectNothingLeft(worker);
    expect(await operations.isLeaseFree(TIMESCALE)).toBe(true);
    await ballast.remove();
    await expectNextBackupSucceeds();
  });

  it('fails a backup whose label is taken away before it is read back', async () => {
    const before = await labels();
    const ended = await operations.run(backupOf(FORGETFUL));
    expect(ended).toMatchObject({
      state: 'failed',
      failure: {
        code: 'backup-not-listed',
        cause: expect.stringContaining('lists no backup of this operation'),
        object: 'fleet',
        nextStep: expect.stringContaining('Find out what removed it'),
      },
    });
    expect(await operations.auditedEnds(ended.id)).toMatchObject([
      { outcome: 'failed' },
    ]);
    const { body } = await stage.api(
      'owner',
      `/databases/${FORGETFUL}/backups`,
    );
    expect(body.items).not.toContainEqual(
      expect.objectContaining({ operationId: ended.id }),
    );
    expect(before.length).toBeGreaterThan(0);
    expect(await operations.isLeaseFree(FORGETFUL)).toBe(true);
  });
});
