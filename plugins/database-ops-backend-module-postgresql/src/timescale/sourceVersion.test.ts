import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireTimescaleVersion } from './sourceVersion';

describe('requireTimescaleVersion', () => {
  let root: string;
  const binDirectory = () => join(root, 'bin');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'timescale-'));
    await mkdir(join(root, 'lib'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function install(...versions: string[]) {
    await writeFile(join(root, 'lib', 'timescaledb.so'), '');
    for (const version of versions) {
      await writeFile(join(root, 'lib', `timescaledb-${version}.so`), '');
    }
  }

  const requireVersion = (version: string | undefined) =>
    requireTimescaleVersion({
      version,
      backupId: '20261123-020000F',
      binDirectory: binDirectory(),
    });

  it('lets a backup through whose version is here among others', async () => {
    await install('2.22.1', '2.23.0');
    await expect(requireVersion('2.23.0')).resolves.toBeUndefined();
  });

  it('refuses another version, naming that of the backup and those here', async () => {
    await install('2.22.1', '2.20.0');
    await expect(requireVersion('2.23.0')).rejects.toMatchObject({
      failure: {
        code: 'timescaledb-version',
        cause: expect.stringMatching(
          /20261123-020000F .* TimescaleDB 2\.23\.0, and this machine has TimescaleDB 2\.20\.0, 2\.22\.1/,
        ),
        nextStep: expect.stringContaining('Install TimescaleDB 2.23.0'),
      },
    });
  });

  it('refuses where there is none at all', async () => {
    await expect(requireVersion('2.23.0')).rejects.toMatchObject({
      failure: { cause: expect.stringContaining('this machine has none') },
    });
  });

  it('asks nothing of a backup that names no version', async () => {
    await expect(requireVersion(undefined)).resolves.toBeUndefined();
  });
});
