import {
  mkdir,
  mkdtemp,
  readdir,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { OperateTarget, RunContext } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { removeAbandoned } from './removeAbandoned';

/** Above every process id that Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;

describe('removeAbandoned', () => {
  let folder: string;
  let restores: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'remove-abandoned-'));
    restores = join(folder, 'restores');
    await mkdir(restores);
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function leave(directory: string) {
    await mkdir(directory);
    await writeFile(
      join(directory, '.database-ops-restore.json'),
      JSON.stringify({
        version: 1,
        databaseId: 'orders',
        operationId: 'killed',
        state: 'restoring',
        host: hostname(),
        workerPid: NO_PROCESS,
        socketDirectory: join(directory, 'run'),
      }),
    );
  }

  async function run() {
    const logger = mockServices.logger.mock();
    await removeAbandoned(
      {
        database: {
          id: 'orders',
          config: { restore: { directory: restores } },
        },
      } as OperateTarget<PostgresqlConfig>,
      {},
      { operationId: 'next', logger } as unknown as RunContext,
    );
    return logger;
  }

  it('removes what a killed worker left', async () => {
    await leave(join(restores, 'orders-killed'));
    await run();
    expect(await readdir(restores)).toEqual([]);
  });

  it('does not follow a link out of the restore folder', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await leave(elsewhere);
    await writeFile(join(elsewhere, 'kept'), '');
    await symlink(elsewhere, join(restores, 'orders-link'));
    const logger = await run();
    expect(await readdir(elsewhere)).toContain('kept');
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining('is a link'),
    );
  });
});
