import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from 'backstage-plugin-database-ops-node';
import { currentCredentials } from './credentials';

describe('the credential that holds now', () => {
  let folder: string;
  let file: string;
  const read = () => {
    const { username, password } = currentCredentials({
      username: 'configured',
      password: new Secret('from-configuration'),
      credentialsFile: file,
    });
    return [username, password.reveal()];
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credentials-'));
    file = join(folder, 'monitor.json');
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('is that of the configuration until there is a file, and that of the file from then on', async () => {
    expect(read()).toEqual(['configured', 'from-configuration']);
    await writeFile(file, '{"username":"a","password":"first"}', {
      mode: 0o600,
    });
    expect(read()).toEqual(['a', 'first']);
    await writeFile(file, '{"username":"b","password":"second"}');
    expect(read()).toEqual(['b', 'second']);
  });

  it('is refused from a file that others can read', async () => {
    await writeFile(file, '{"username":"a","password":"first"}');
    await chmod(file, 0o640);
    expect(read).toThrow(`chmod 600`);
  });

  it.each([
    ['{"username":"a","password":"hunter2"', 'is no JSON'],
    ['{"password":"hunter2"}', '.username: expected string'],
    ['{"username":"a","password":17,"x":"hunter2"}', '.password: expected'],
  ])('names what is wrong with %s, without its secret', async (text, words) => {
    await writeFile(file, text, { mode: 0o600 });
    expect(read).toThrow(words);
    expect(read).not.toThrow('hunter2');
  });
});
