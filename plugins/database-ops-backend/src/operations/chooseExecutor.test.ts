import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { ExecutorRegistry } from './chooseExecutor';

const local = { type: 'local' } as Parameters<ExecutorRegistry['choose']>[0];

describe('the local executor without a configured folder', () => {
  let temporary: string;
  let folder: string;

  beforeEach(async () => {
    temporary = await mkdtemp(join(os.tmpdir(), 'executor-'));
    folder = join(temporary, `database-ops-${process.getuid?.() ?? 'workers'}`);
    jest.spyOn(os, 'tmpdir').mockReturnValue(temporary);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(temporary, { recursive: true, force: true });
  });

  const choose = () => new ExecutorRegistry().choose(local);

  it('makes one that only its account can open, and takes it again', async () => {
    await choose();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await expect(choose()).resolves.toMatchObject({ name: 'local' });
  });

  it('refuses one that others may open, with what to do', async () => {
    await mkdir(folder);
    await chmod(folder, 0o755);
    await expect(choose()).rejects.toThrow(
      /only this account can open.*databaseOps\.executor\.stateDirectory/,
    );
  });

  it('refuses a link to somewhere else', async () => {
    await mkdir(join(temporary, 'elsewhere'), { mode: 0o700 });
    await symlink(join(temporary, 'elsewhere'), folder);
    await expect(choose()).rejects.toThrow('only this account can open');
  });

  // Only root can give a folder away.
  if (process.getuid?.() === 0) {
    it('refuses one of another account', async () => {
      await mkdir(folder, { mode: 0o700 });
      await chown(folder, 65_534, 65_534);
      await expect(choose()).rejects.toThrow('only this account can open');
    });
  }
});
