import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInteractively } from './runInteractively';

describe('runInteractively', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dbops-test-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('hands credentials over by environment and private files, and removes the files', async () => {
    const report = join(folder, 'report');
    const exitCode = await runInteractively({
      command: 'sh',
      args: [
        '-c',
        `{ stat -c %a "{folder}/pass"; cat "{folder}/pass"; echo "$WHERE"; echo "$TOKEN"; } > ${report}; exit 7`,
      ],
      env: { TOKEN: 'from-env', WHERE: '{folder}' },
      files: { pass: 'from-file\n' },
    });

    const [mode, file, where, token] = (await readFile(report, 'utf8')).split(
      '\n',
    );
    expect({ exitCode, mode, file, token }).toEqual({
      exitCode: 7,
      mode: '600',
      file: 'from-file',
      token: 'from-env',
    });
    await expect(readdir(where)).rejects.toThrow(/ENOENT/);
  });

  it('names a tool that is not installed', async () => {
    await expect(
      runInteractively({ command: 'no-such-shell', args: [] }),
    ).rejects.toThrow(/no-such-shell.*install it/);
  });
});
