import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalFleet } from 'local-fleet';
import { Ballast } from './harness/ballast';
import { databaseEntry, TIMESCALE } from './harness/fleetDatabase';
import {
  backupOf,
  Operation,
  Operations,
  inventoryOf,
  restoreOf,
  WantedOperation,
} from './harness/operations';
import { heldLocks } from './harness/pgbackrestLocks';
import { eventually, Stage } from './harness/Stage';
import { wrapPgbackrest } from './harness/wrapper';

const run = promisify(execFile);

const WRONG_KEYS = 'analytics-wrong-keys';
const MISSING_BUCKET = 'analytics-missing-bucket';
const WRONG_STANZA = 'analytics-wrong-stanza';
const SMALL_DISK = 'analytics-small-disk';
const FILLING_DISK = 'analytics-filling-disk';
/** Whatever is wrong, nobody waits longer for the sentence. */
const BOUND_SECONDS = 180;
const LEASE_FREE_SECONDS = 60;
/** Room for the check before a restore, and little beyond. */
const DISK_MEGABYTES = 400;
/** Makes a backup last long enough to take the store away from it. */
const BALLAST_MEGABYTES = 640;

const mayMount = process.getuid?.() === 0;

describe('faults from outside', () => {
  let stage: Stage;
  let operations: Operations;
  let disk: string;

  beforeAll(async () => {
    disk = await mkdtemp(join(tmpdir(), 'small-disk-'));
    stage = await Stage.start({
      only: ['s3', 'postgresql'],
      browser: false,
      configuration: configure,
    });
    operations = await Operations.of(stage, [
      TIMESCALE,
      WRONG_KEYS,
      MISSING_BUCKET,
      WRONG_STANZA,
      SMALL_DISK,
      FILLING_DISK,
    ]);
  });

  afterAll(async () => {
    await stage?.stop();
    if (mayMount) {
      await run('umount', [disk]);
    }
    await rm(disk, { recursive: true, force: true });
  });

  /** Every fault as a database of its own beside the good one, so that one portal shows all. */
  async function configure(fleet: LocalFleet): Promise<object> {
    const { context } = fleet;
    const { databaseOps } = await fleet.configuration();
    const good = databaseOps.repositories.fleet as object;
    if (mayMount) {
      await run('mount', [
        ...['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m,mode=0777`],
        ...['small-disk', disk],
      ]);
    }
    return {
      databaseOps: {
        repositories: {
          'wrong-keys': {
            ...good,
            secretAccessKey: 'not-the-key-of-this-account',
          },
          'missing-bucket': {
            ...good,
            bucket: 'no-such-bucket',
            // Only the administrator is told that a bucket is missing.
            accessKeyId: {
              $file: await context.secretFile('s3-admin-access-key'),
            },
            secretAccessKey: {
              $file: await context.secretFile('s3-admin-secret-key'),
            },
          },
        },
        databases: {
          [TIMESCALE]: await databaseEntry(fleet, {
            pgbackrest: { processMax: 1 },
          }),
          [WRONG_KEYS]: await databaseEntry(fleet, {
            repository: 'wrong-keys',
          }),
          [MISSING_BUCKET]: await databaseEntry(fleet, {
            repository: 'missing-bucket',
          }),
          [WRONG_STANZA]: await databaseEntry(fleet, {
            pgbackrest: { stanza: 'nosuch' },
          }),
          [SMALL_DISK]: await databaseEntry(fleet, {
            restore: { minimumFreeBytes: 1e15 },
          }),
          [FILLING_DISK]: await databaseEntry(fleet, {
            restore: { directory: disk },
            pgbackrest: {
              command: await wrapPgbackrest(
                fleet,
                'filling',
                `if [ "$command" = restore ]; then dd if=/dev/zero of='${disk}/filled' bs=1M 2>/dev/null; fi
real "$@"`,
              ),
            },
          }),
        },
      },
    };
  }

  async function expectFailure(
    wanted: WantedOperation,
    failure: object,
    meanwhile: (id: string) => Promise<void> = async () => {},
  ): Promise<Operation> {
    const { id } = await operations.start(wanted);
    await meanwhile(id);
    const ended = await operations.untilEnded(id, BOUND_SECONDS);
    expect(ended).toMatchObject({ state: 'failed', failure });
    expect(await operations.auditedEnds(id)).toMatchObject([
      {
        outcome: 'failed',
        databaseId: wanted.databaseId,
        sentence: expect.stringContaining(ended.failure!.cause),
      },
    ]);
    expect(await heldLocks(operations.workersDirectory)).toEqual([]);
    await operations.untilNoWorkerLeft();
    return ended;
  }

  async function expectHealthyBackup(): Promise<void> {
    // Where the store was away the lease could not be given back: it runs out.
    await eventually(
      'The lease is free',
      () => operations.isLeaseFree(TIMESCALE),
      free => free,
      { withinSeconds: LEASE_FREE_SECONDS },
    );
    const ended = await operations.run(backupOf(TIMESCALE));
    expect(ended).toMatchObject({ state: 'succeeded' });
  }

  async function expectFreeLease(databaseId: string): Promise<void> {
    expect(await operations.isLeaseFree(databaseId)).toBe(true);
  }

  it('backs up while the configuration names broken databases beside it', async () => {
    await expectHealthyBackup();
    // The disks' databases share stanza and repository: they see the backup too.
    for (const databaseId of [SMALL_DISK, FILLING_DISK]) {
      expect(await operations.run(inventoryOf(databaseId))).toMatchObject({
        state: 'succeeded',
      });
    }
  });

  it.each([
    ['a backup', backupOf(WRONG_KEYS)],
    ['an inventory', inventoryOf(WRONG_KEYS)],
  ])(
    'names the repository whose credentials are wrong, for %s',
    async (_name, wanted) => {
      const { failure } = await expectFailure(wanted, {
        code: 'repository-credentials',
        cause: expect.stringContaining('refused the access key'),
        object: 'repository wrong-keys',
        nextStep: expect.stringContaining(
          'databaseOps.repositories.wrong-keys',
        ),
      });
      expect(JSON.stringify(failure)).not.toContain('not-the-key');
      await expectFreeLease(WRONG_KEYS);
    },
  );

  it('names the bucket that is missing', async () => {
    await expectFailure(backupOf(MISSING_BUCKET), {
      code: 'repository-bucket-missing',
      cause: expect.stringContaining("Bucket 'no-such-bucket'"),
      object: 'repository missing-bucket',
      nextStep: expect.stringContaining(
        'databaseOps.repositories.missing-bucket.bucket',
      ),
    });
    await expectFreeLease(MISSING_BUCKET);
  });

  it('names the stanza that the database host does not know', async () => {
    await expectFailure(backupOf(WRONG_STANZA), {
      cause: expect.stringContaining("the stanza 'nosuch'"),
      object: 'nosuch',
      nextStep: expect.stringContaining('pgbackrest.stanza'),
    });
    await expectFreeLease(WRONG_STANZA);
  });

  it('says how many bytes a restore lacks before it writes any', async () => {
    await expectFailure(restoreOf(SMALL_DISK), {
      code: 'restore-disk-full',
      cause: expect.stringMatching(/too little space.*\d+ bytes.*are free/),
      object: expect.stringContaining('restores'),
      nextStep: expect.stringContaining('free space'),
    });
  });

  // Only root can mount a disk that is small enough to fill.
  if (mayMount) {
    it('names the disk that fills up during a restore, and leaves nothing there', async () => {
      await expectFailure(restoreOf(FILLING_DISK), {
        // Of pgBackRest while it writes, or of the server that recovers.
        cause: expect.stringMatching(/disk .*\bfull/i),
        object: expect.stringContaining(disk),
        nextStep: expect.stringContaining('Free space'),
      });
      expect(await readdir(disk)).toEqual(['filled']);
    });
  }

  it('fails within bounds while the object store is down, and backs up once it is back', async () => {
    const store = stage.fleet.member('fleet-s3');
    await store.stop({ force: true });
    try {
      for (const wanted of [backupOf(TIMESCALE), restoreOf(TIMESCALE)]) {
        await expectFailure(wanted, {
          cause: expect.stringMatching(
            /[Rr]epository 'fleet'.*cannot be reached/,
          ),
          object: expect.stringContaining('fleet'),
          nextStep: expect.stringMatching(/store/),
        });
      }
    } finally {
      await store.start();
    }
    await expectHealthyBackup();
  });

  it('ends a backup from which the object store is taken away, and backs up once it is back', async () => {
    const store = stage.fleet.member('fleet-s3');
    const ballast = await Ballast.add(stage.fleet, BALLAST_MEGABYTES);
    try {
      await expectFailure(
        backupOf(TIMESCALE),
        {
          cause: expect.stringMatching(
            /[Rr]epository 'fleet'.*(been away|cannot be reached|stopped answering)/,
          ),
          object: expect.stringContaining('fleet'),
          nextStep: expect.stringMatching(/store/),
        },
        async id => {
          await operations.untilStep(id, 'Copying', 5);
          await store.stop({ force: true });
        },
      );
    } finally {
      await ballast.remove();
      await store.start();
    }
    await expectHealthyBackup();
  });
});
