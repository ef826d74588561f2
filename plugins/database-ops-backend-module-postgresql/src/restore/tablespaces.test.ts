import { mkdir, mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainEnd } from './explainEnd';
import {
  closeTablespaces,
  openTablespaces,
  tablespacesWithout,
  unlinkDropped,
} from './tablespaces';

describe('tablespaces of a copy', () => {
  let root: string;
  let server: string;
  let copy: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'tablespaces-'));
    server = join(root, 'server');
    copy = join(root, 'copy');
    for (const directory of [server, copy]) {
      await mkdir(join(directory, 'pg_tblspc'), {
        recursive: true,
        mode: 0o700,
      });
    }
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  const mode = async () => (await stat(join(copy, 'pg_tblspc'))).mode & 0o777;

  it('cannot be added while it replays, and can afterwards', async () => {
    await closeTablespaces(copy);
    expect(await mode()).toBe(0o500);
    await openTablespaces(copy);
    expect(await mode()).toBe(0o700);
  });

  it('are not looked for where a link was put in their place', async () => {
    await rm(join(copy, 'pg_tblspc'), { recursive: true });
    await symlink(server, join(copy, 'pg_tblspc'));
    await expect(closeTablespaces(copy)).rejects.toThrow(/ELOOP|ENOTDIR/);
  });

  it('that were dropped behind the backup leave no link, whatever replay could do', async () => {
    for (const id of ['16400', '16500']) {
      await symlink('/srv/any', join(copy, 'pg_tblspc', id));
    }
    const client = {
      query: async () => ({ rows: [{ id: '1663' }, { id: '16400' }] }),
    };
    await unlinkDropped(client as never, copy);
    expect(await readdir(join(copy, 'pg_tblspc'))).toEqual(['16400']);
  });

  it('may be gone already when it is removed', async () => {
    await expect(
      openTablespaces(join(root, 'nothing')),
    ).resolves.toBeUndefined();
  });

  it('are told from those that its source has besides, by where these lie', async () => {
    for (const directory of [server, copy]) {
      await symlink('/srv/fast', join(directory, 'pg_tblspc', '16400'));
    }
    expect(await tablespacesWithout(server, copy)).toEqual([]);
    await symlink('/srv/late', join(server, 'pg_tblspc', '16500'));
    expect(await tablespacesWithout(server, copy)).toEqual(['/srv/late']);
  });
});

describe('the end of a recovery that came to a tablespace of after its backup', () => {
  it.each([
    [
      'whose place another server may use',
      '2026-11-23 16:44:12 UTC [1] FATAL:  could not create symbolic link "pg_tblspc/16500": Permission denied',
    ],
    [
      'whose place is not on this machine',
      '2026-11-23 16:44:12 UTC [1] FATAL:  directory "/srv/late" does not exist | 2026-11-23 16:44:12 UTC [1] HINT:  Create this directory for the tablespace before restarting the server.',
    ],
  ])('%s names it and where it was made', (_what, fatal) => {
    expect(
      explainEnd(
        `${fatal} | 2026-11-23 16:44:12 UTC [1] CONTEXT:  WAL redo at 0/70000A8 for Tablespace/CREATE: 16500 "/srv/late"`,
        'the end of the archive',
        '/restores/orders-1',
      ),
    ).toMatchObject({
      object: '/srv/late',
      code: 'tablespace-after-backup',
      cause: expect.stringContaining('made after the backup (0/70000A8)'),
    });
  });
});
