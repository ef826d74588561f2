import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import { LocalProcessRunner } from 'backstage-plugin-database-ops-node';
import { readPostgresqlConfig } from '../config';
import { CommitReader } from './CommitReader';

const COMMIT =
  'rmgr: Transaction len (rec/tot):     34/    34, tx:        742, lsn: 0/04049280, prev 0/04049240, desc: COMMIT 2026-11-23 09:09:36.123456 UTC';
const SEGMENT = '000000010000000000000004';

describe('the last commit of a segment, by pg_waldump', () => {
  let directory: string;
  const logger = mockServices.logger.mock();

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'commit-reader-'));
    jest.clearAllMocks();
  });

  afterEach(() => rm(directory, { recursive: true }));

  /** With a `pg_waldump` that says this and ends so. */
  async function read(said: {
    readonly out?: string;
    readonly err?: string;
    readonly exitCode: number;
  }) {
    const programs = {
      pg_ctl: '',
      pg_controldata: '',
      pg_waldump: `echo '${said.out ?? ''}'\necho '${said.err ?? ''}' >&2\nexit ${said.exitCode}\n`,
    };
    for (const [name, text] of Object.entries(programs)) {
      await writeFile(join(directory, name), `#!/bin/sh\n${text}`);
      await chmod(join(directory, name), 0o755);
    }
    const reader = await CommitReader.create(
      {
        database: {
          id: 'orders',
          title: 'orders',
          engine: 'postgresql',
          config: readPostgresqlConfig(
            {
              members: [{ name: 'orders-1', host: '127.0.0.1', port: 5432 }],
              database: 'app',
              username: 'dbops_monitor',
              password: 'x',
              tls: { mode: 'disable' },
              restore: { directory, binDirectory: directory },
            },
            'orders',
          ),
        },
      },
      { db: [] },
      {
        logger,
        processes: new LocalProcessRunner(),
        signal: new AbortController().signal,
      },
    );
    return reader!.lastOf(join(directory, SEGMENT));
  }

  it.each([
    'pg_waldump: error: error in WAL record at 0/4049280: invalid record length at 0/40492B8: wanted 24, got 0',
    'pg_waldump: fatal: could not find a valid record after 0/4000000',
    'pg_waldump: error: could not find file "000000010000000000000005": No such file or directory',
  ])('takes it as the end of the log when it says "%s"', async err => {
    expect(await read({ out: COMMIT, err, exitCode: 1 })).toEqual({
      lastCommitAt: expect.stringContaining('2026-11-23T09:09:36.123456'),
      lastCommitPosition: '0/4049280',
    });
    expect(await read({ err, exitCode: 1 })).toBeUndefined();
    expect(logger.warn).not.toHaveBeenCalled();
  });

  it('warns with what was said when the end is another one', async () => {
    const err = 'pg_waldump: error: could not open file: Permission denied';
    expect(await read({ err, exitCode: 1 })).toBeUndefined();
    expect(logger.warn).toHaveBeenCalledTimes(1);
    expect(logger.warn).toHaveBeenCalledWith(
      `pg_waldump read ${SEGMENT} and named no commit; it ended with 1 and said: ${err}`,
    );
  });

  it('says nothing of a whole segment without a commit', async () => {
    expect(await read({ exitCode: 0 })).toBeUndefined();
    expect(logger.warn).not.toHaveBeenCalled();
  });
});
