import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  DirectRecord,
  S3ObjectStore,
  listDirectRecords,
} from 'backstage-plugin-database-ops-node';
import { fleetRepository } from 'backstage-plugin-database-ops-node/testing';
import { FleetLoan } from 'local-fleet';

jest.setTimeout(300_000);

const DBOPS = require.resolve('../../bin/dbops');
const DATABASE = 'analytics-timescale';

describe('dbops --direct on a real PostgreSQL, with no portal anywhere', () => {
  let loan: FleetLoan;
  let folder: string;
  let configuration: Awaited<ReturnType<FleetLoan['fleet']['configuration']>>;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3', 'postgresql'] });
    folder = await mkdtemp(join(tmpdir(), 'dbops-direct-'));
    configuration = await loan.fleet.configuration();
    await writeFile(
      join(folder, 'app-config.json'),
      JSON.stringify({
        databaseOps: { ...configuration.databaseOps, policies: { gold: {} } },
      }),
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await loan?.giveBack();
  });

  const dbops = (...args: string[]) =>
    promisify(execFile)(
      DBOPS,
      [...args, '--config', join(folder, 'app-config.json')],
      { env: { ...process.env, HOME: folder } },
    );

  async function records(): Promise<readonly DirectRecord[]> {
    const store = await S3ObjectStore.create(
      await fleetRepository(configuration),
    );
    try {
      const found: DirectRecord[] = [];
      for await (const record of listDirectRecords(store, DATABASE)) {
        found.push(record);
      }
      return found;
    } finally {
      store.close();
    }
  }

  it('backs up, and leaves a record of who did it and why', async () => {
    const { stdout } = await dbops(
      '--direct',
      'backup',
      DATABASE,
      '--reason',
      'The portal is down and the disk is failing.',
    );
    expect(stdout).toContain('"type": "full"');
    const [record] = await records();
    expect(record).toMatchObject({
      kind: 'backup',
      state: 'succeeded',
      actor: expect.stringMatching(/^direct:.+@.+$/),
      reason: 'The portal is down and the disk is failing.',
    });
    expect(JSON.stringify(record)).not.toContain('secret');
  });

  it('wants a reason, and the typed name for a restore', async () => {
    await expect(dbops('--direct', 'backup', DATABASE)).rejects.toMatchObject({
      code: 2,
    });
    await expect(
      dbops('--direct', 'restore', DATABASE, '--reason', 'Gone.'),
    ).rejects.toMatchObject({
      stderr: expect.stringContaining(`--confirm ${DATABASE}`),
    });
  });
});
