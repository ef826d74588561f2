import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { OperateTarget, RunContext } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { discardRestored } from './discardRestored';
import { RestorePlace } from './RestorePlace';

describe('the discard of a restored copy', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'discard-restored-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function discard(isPromoted: boolean) {
    const place = await RestorePlace.create({
      directory: RestorePlace.pathOf(folder, 'orders', 'abcdef-123456-7'),
      databaseId: 'orders',
      operationId: 'abcdef-123456-7',
      account: {},
    });
    if (isPromoted) {
      await place.promote('promoting');
    }
    const logger = mockServices.logger.mock();
    await discardRestored(
      {
        database: {
          id: 'orders',
          config: {
            restore: { directory: folder },
            pgbackrest: { stanza: 'main' },
          },
        },
      } as OperateTarget<PostgresqlConfig>,
      {
        restoredInstanceId: 'abcdef-123456-7',
        directory: place.directory,
        facts: {},
      },
      {
        logger,
        requestedBy: 'user:default/owner',
        progress: () => {},
        processes: { run: async () => ({ stdout: '0\n', stderr: '' }) },
      } as unknown as RunContext,
    );
    expect(await readdir(folder)).toEqual([]);
    return logger;
  }

  it('names the stanza that a begun promotion leaves in the repository', async () => {
    expect((await discard(true)).warn).toHaveBeenCalledWith(
      expect.stringContaining("the stanza 'main-abcdef123456' may stay"),
    );
  });

  it('says nothing of one that was never promoted', async () => {
    expect((await discard(false)).warn).not.toHaveBeenCalled();
  });
});
