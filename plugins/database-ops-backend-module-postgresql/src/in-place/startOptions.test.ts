import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FakeSource } from '../__testUtils__/FakeSource';
import { readStartOptions, startArguments } from './startOptions';

describe('how a server was started', () => {
  let source: FakeSource;

  beforeEach(async () => {
    source = await FakeSource.create();
  });

  afterEach(() => source.remove());

  async function startedWith(...args: readonly string[]) {
    await writeFile(
      join(source.dataDirectory, 'postmaster.opts'),
      `/usr/lib/postgresql/15/bin/postgres ${args.map(arg => `"${arg}"`).join(' ')}\n`,
    );
    return readStartOptions(source.dataDirectory);
  }

  it.each([
    ['-c', 'config_file=/etc/postgresql/15/main/postgresql.conf'],
    ['--config_file=/etc/postgresql/15/main/postgresql.conf'],
    ['-cconfig-file=/etc/postgresql/15/main/postgresql.conf'],
  ])(
    'names a configuration elsewhere, and goes on with the rest: %s',
    async (...named) => {
      const how = await startedWith(
        '-D',
        source.dataDirectory,
        ...named,
        '-p',
        '5433',
      );
      expect(how).toEqual({
        configurationFile: '/etc/postgresql/15/main/postgresql.conf',
        options: [...named, '-p', '5433'],
      });
      expect(startArguments(how)).toEqual([
        '-o',
        [...named, '-p', '5433'].map(arg => `'${arg}'`).join(' '),
      ]);
    },
  );

  it('names the folder of the configuration where that names the data directory', async () => {
    const folder = join(source.root, 'etc');
    await mkdir(folder);
    const how = await startedWith('-D', folder);
    expect(how).toEqual({
      configurationFile: join(folder, 'postgresql.conf'),
      options: [],
    });
    expect(startArguments(how)).toEqual([
      '-o',
      `'-c' 'config_file=${join(folder, 'postgresql.conf')}'`,
    ]);
  });

  it('has nothing to say of one that has all in its data directory, or never ran', async () => {
    expect(await readStartOptions(source.dataDirectory)).toEqual({
      options: [],
    });
    const how = await startedWith('-D', source.dataDirectory);
    expect(how).toEqual({ options: [] });
    expect(startArguments(how)).toEqual([]);
  });
});
