import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mockServices } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { Proof } from 'backstage-plugin-database-ops-common';
import {
  InventoryStore,
  ObjectStore,
  OperateTarget,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { FleetLoan, LocalFleet } from 'local-fleet';
import {
  fleetTarget,
  recordedRun,
  withAdmin,
} from '../__testUtils__/fleetDatabase';
import { archiveSegment } from '../__testUtils__/segments';
import { PostgresqlConfig } from '../config';
import { engine } from '../engine';

jest.setTimeout(600_000);

const SEGMENT = /^pgbackrest\/archive\/.*\/([0-9A-F]{24})-/;

describe('proofs of a real PostgreSQL', () => {
  let loan: FleetLoan;
  let fleet: LocalFleet;
  let target: OperateTarget<PostgresqlConfig>;
  let store: ObjectStore;
  let stateDirectory: string;
  let runs = 0;

  beforeAll(async () => {
    // It damages the repository on purpose.
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'], fresh: true });
    fleet = loan.fleet;
    target = await fleetTarget(fleet);
    store = await S3ObjectStore.create(target.repository);
    stateDirectory = await mkdtemp(join(tmpdir(), 'postgresql-verify-'));
    const { context } = await nextRun();
    await engine.operate.backup!(target, { type: 'full' }, context);
    await beat();
    await archiveEverything();
  });

  afterAll(async () => {
    store?.close();
    await loan?.giveBack();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  async function nextRun() {
    runs += 1;
    return recordedRun(target.repository, {
      operationId: `verify-${runs}`,
      stateDirectory,
    });
  }

  async function verify(parameters: JsonObject): Promise<Proof> {
    const { context } = await nextRun();
    const { proof } = await engine.operate.verify!(target, parameters, context);
    return proof as Proof;
  }

  /** A canary, as a health check writes it. */
  async function beat() {
    const observer = engine.observe.createObserver(target.database);
    const { signals } = await observer.checkHealth({
      logger: mockServices.logger.mock(),
      signal: AbortSignal.timeout(20_000),
    });
    await observer.close();
    expect(signals.find(({ id }) => id === 'canary')?.status).toBe('ok');
  }

  async function archiveEverything() {
    await withAdmin(fleet, client => archiveSegment(client));
  }

  async function keysLike(pattern: RegExp): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.list('pgbackrest/')) {
      if (pattern.test(key)) {
        keys.push(key);
      }
    }
    return keys.sort();
  }

  /** Replaces an object (or takes it away) while something is tried. */
  async function damaged(
    key: string,
    damage: (body: Buffer) => Buffer | undefined,
    use: () => Promise<void>,
  ) {
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

  const checksOf = ({ checks }: Proof) =>
    Object.fromEntries(checks.map(({ id, status }) => [id, status]));

  it('proves the repository by every checksum, its contiguous WAL, its age and its encryption', async () => {
    const proof = await verify({ depth: 'repository' });
    expect(proof.sentence).toMatch(/whole and with their WAL/);
    expect(checksOf(proof)).toEqual({
      'backup-checksums': 'passed',
      'archive-checksums': 'passed',
      'verify-status': 'passed',
      'backup-wal': 'passed',
      'wal-contiguous': 'passed',
      'backup-age': 'passed',
      encryption: 'passed',
      'object-lock': 'passed',
    });
    expect(proof.state).toBe('proved');
  });

  it('fails for a newest backup that is older than allowed', async () => {
    const proof = await verify({ depth: 'repository', maximumAgeSeconds: 1 });
    expect(proof.state).toBe('failed');
    expect(proof.sentence).toMatch(
      /Age of the newest backup: .*1 s are allowed/,
    );
  });

  it('finds a flipped byte in a backup and names the backup', async () => {
    const [bundle] = await keysLike(/\/backup\/.*\/bundle\/\d+$/);
    await damaged(bundle, flipped, async () => {
      const proof = await verify({ depth: 'repository' });
      expect(proof.state).toBe('failed');
      expect(proof.sentence).toMatch(
        /Checksums of the backups: backup \d{8}-\d{6}F: \d+ of \d+ files are valid/,
      );
    });
  });

  it('finds a flipped byte in an archived segment', async () => {
    const segments = await keysLike(SEGMENT);
    await damaged(segments.at(-1)!, flipped, async () => {
      const proof = await verify({ depth: 'repository' });
      expect(checksOf(proof)).toMatchObject({
        'archive-checksums': 'failed',
      });
      expect(proof.state).toBe('failed');
    });
  });

  it('finds a segment missing in the middle, which pgBackRest does not, and names it', async () => {
    await archiveEverything();
    await archiveEverything();
    const segments = await keysLike(SEGMENT);
    const middle = segments.at(-2)!;
    const [, name] = SEGMENT.exec(middle)!;
    await damaged(
      middle,
      () => undefined,
      async () => {
        const proof = await verify({ depth: 'repository' });
        expect(checksOf(proof)).toMatchObject({
          'verify-status': 'passed',
          'wal-contiguous': 'failed',
        });
        expect(proof.sentence).toContain(name);
      },
    );
  });

  it('proves a backup by restoring it, looks into every database, and leaves nothing behind', async () => {
    const proof = await verify({ depth: 'restore' });
    expect(proof.checks.filter(({ status }) => status !== 'passed')).toEqual(
      [],
    );
    expect(proof.state).toBe('proved');
    expect(proof.checks.find(({ id }) => id === 'amcheck')?.sentence).toMatch(
      /of app, postgres, template1\.$/,
    );
    expect(proof.rtoSeconds).toBeGreaterThan(0);
    expect(proof.backupId).toMatch(/F$/);
    expect(await readdir(target.database.config.restore!.directory)).toEqual(
      [],
    );
  });

  it('measures RPO and RTO from the repository alone', async () => {
    await beat();
    await archiveEverything();
    const written = Date.now();
    const proof = await verify({ depth: 'latest' });
    expect(proof.checks.filter(({ status }) => status !== 'passed')).toEqual(
      [],
    );
    expect(proof.state).toBe('proved');
    // The canary was written before its segment was archived.
    expect(proof.rpoSeconds).toBeLessThan(
      (Date.parse(proof.startedAt) - written) / 1000 + 60,
    );
    expect(proof.rtoSeconds).toBeGreaterThan(0);
    expect(await readdir(target.database.config.restore!.directory)).toEqual(
      [],
    );
  });

  it('proves a moment by its canaries: all up to it, none after', async () => {
    await beat();
    await sleep(3_000);
    const moment = new Date().toISOString();
    await sleep(3_000);
    await beat();
    await archiveEverything();
    const proof = await verify({ depth: 'time', time: moment });
    expect(proof.checks.filter(({ status }) => status !== 'passed')).toEqual(
      [],
    );
    expect(proof.state).toBe('proved');
    expect(proof.checks.find(({ id }) => id === 'canary')?.sentence).toContain(
      `up to ${moment}`,
    );
  });

  it.each([
    ['cut off', (body: Buffer) => body.subarray(0, body.length / 2)],
    ['emptied', () => Buffer.alloc(0)],
  ])(
    'claims nothing through a newest segment that was %s, and goes on',
    async (_name, damage) => {
      const newest = (await keysLike(SEGMENT)).at(-1)!;
      const [, name] = SEGMENT.exec(newest)!;
      const { context, lines } = await nextRun();
      await damaged(newest, damage, async () => {
        const found = await engine.operate.inventory!(target, context);
        expect(found.logs.at(-1)!.to < name).toBe(true);
        expect(lines.join()).toContain(name);
        // Newer log must not hide it: the next inventory knows it from this one.
        await new InventoryStore(store).writeInventory(found);
        await beat();
        await archiveEverything();
        const { context: next } = await nextRun();
        const later = await engine.operate.inventory!(target, next);
        expect(later.damagedLogs).toEqual([expect.stringContaining(name)]);
        expect(later.logs.at(-1)!.from > name).toBe(true);
        expect(later.logs.at(-2)!.to < name).toBe(true);
      });
    },
  );

  it('refuses to prove a moment that cannot be reached', async () => {
    await expect(
      verify({ depth: 'time', time: '2020-01-01T00:00:00Z' }),
    ).rejects.toThrow();
    expect(await readdir(target.database.config.restore!.directory)).toEqual(
      [],
    );
  });

  it('removes the scratch copy also when it is cancelled while it checks', async () => {
    const { context } = await nextRun();
    const cancel = new AbortController();
    await expect(
      engine.operate.verify!(
        target,
        { depth: 'restore' },
        {
          ...context,
          signal: cancel.signal,
          progress: ({ step }) => {
            if (step === 'Checking the content') {
              cancel.abort();
            }
          },
        },
      ),
    ).rejects.toThrow();
    expect(await readdir(target.database.config.restore!.directory)).toEqual(
      [],
    );
  });
});
