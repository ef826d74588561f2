import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect, promisify } from 'node:util';
import {
  S3ObjectStore,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { fleetRepository } from 'backstage-plugin-database-ops-node/testing';
import { FleetLoan } from 'local-fleet';
import { EXIT, ExitCode } from '../exitCodes';
import { RecordingTerminal } from '../testing/RecordingTerminal';
import { CommandContext } from './context';
import {
  applyRepository,
  checkRepository,
  planRepository,
  RepositoryTarget,
  undeleteInRepository,
} from './repository';

jest.setTimeout(120_000);

const DBOPS = require.resolve('../../bin/dbops');

describe('dbops repository on a real object store', () => {
  let loan: FleetLoan;
  let folder: string;
  let configFile: string;
  let repository: RepositoryDefinition;
  let env: Record<string, string>;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    folder = await mkdtemp(join(tmpdir(), 'dbops-repository-'));
    configFile = join(folder, 'app-config.json');
    const { databaseOps } = await loan.fleet.configuration();
    const bucket = `dbops-${randomUUID()}`;
    await writeFile(
      configFile,
      JSON.stringify({
        databaseOps: {
          repositories: {
            fleet: { ...(databaseOps.repositories.fleet as object), bucket },
          },
        },
      }),
    );
    repository = {
      ...(await fleetRepository({ databaseOps })),
      bucket,
    };
    const { context } = loan.fleet;
    env = {
      DBOPS_SETUP_ACCESS_KEY_ID: await context.secret('s3-admin-access-key'),
      DBOPS_SETUP_SECRET_ACCESS_KEY: await context.secret(
        's3-admin-secret-key',
      ),
    };
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await loan?.giveBack();
  });

  function contextOf(terminal: RecordingTerminal): CommandContext {
    return {
      terminal,
      options: { output: 'table' },
      portal: async () => {
        throw new Error('The portal is not asked.');
      },
    };
  }

  async function run(
    work: (
      context: CommandContext,
      target: RepositoryTarget,
    ) => Promise<ExitCode>,
    withEnv: Record<string, string> = env,
  ) {
    const terminal = new RecordingTerminal(withEnv);
    const exitCode = await work(contextOf(terminal), {
      id: 'fleet',
      config: [configFile],
    });
    return { exitCode, out: terminal.outLines };
  }

  const undelete =
    (options: Parameters<typeof undeleteInRepository>[2]) =>
    (context: CommandContext, target: RepositoryTarget) =>
      undeleteInRepository(context, target, options);

  it('shows differences first, sets up, and then finds none', async () => {
    const planned = await run(planRepository);
    expect(planned.exitCode).toBe(EXIT.ok);
    expect(planned.out[0]).toBe(`+ bucket ${repository.bucket}`);
    expect((await run(checkRepository)).exitCode).toBe(EXIT.drift);

    expect((await run(applyRepository)).exitCode).toBe(EXIT.ok);
    const again = await run(planRepository);
    expect(again.out.at(-1)).toBe("Repository 'fleet': nothing to change.");
    expect(again.out.join('\n')).toMatch(/public-access +unsupported/);
  });

  it('takes its account from the environment only, and never shows it', async () => {
    await expect(run(applyRepository, {})).rejects.toThrow(
      /DBOPS_SETUP_ACCESS_KEY_ID/,
    );
    const wrong = { ...env, DBOPS_SETUP_SECRET_ACCESS_KEY: 'wrong-secret' };
    const error: Error = await run(applyRepository, wrong).then(
      () => undefined,
      thrown => thrown,
    );
    expect(error.message).toContain('refused the access key or its secret');
    expect(inspect(error)).not.toContain('wrong-secret');
  });

  it('is a command that leaves with the code of what it found', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [DBOPS, 'repository', 'check', 'fleet', '--config', configFile],
      { env: { ...process.env, ...env, NODE_OPTIONS: '' } },
    );
    expect(stdout).toContain("Repository 'fleet': nothing to change.");
  });

  it('lists what would come back, and brings it back only when told to', async () => {
    const store = await S3ObjectStore.create(repository);
    const key = 'databases/orders/inventory.json';
    await store.put(key, 'precious');
    await sleep(1500);
    const before = new Date().toISOString();
    await sleep(1000);
    await store.delete(key);

    const shown = await run(undelete({ before }));
    expect(shown.out).toEqual([
      `+ ${key} (8 B)`,
      'Would come back: 1 objects, 8 B. Run it again with --apply.',
    ]);
    expect(await store.get(key)).toBeUndefined();
    const done = await run(undelete({ before, apply: true }));
    expect(done.exitCode).toBe(EXIT.ok);
    expect((await store.get(key))?.body.toString()).toBe('precious');
    store.close();
  });
});
