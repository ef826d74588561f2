import { createHash } from 'node:crypto';
import {
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { mockServices } from '@backstage/backend-test-utils';
import {
  LocalProcessRunner,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { DamagedFileError, RepositoryFile } from './RepositoryFile';

const NAME = '000000010000000000000004';
const CONTENT = Buffer.from('what PostgreSQL handed over. '.repeat(100_000));
const SHA1 = createHash('sha1').update(CONTENT).digest('hex');

describe('a segment of the repository', () => {
  let directory: string;
  let files: RepositoryFile;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'repository-file-'));
    const fetch: PgBackRest['fetch'] = (_path, to) =>
      copyFile(join(directory, 'stored'), to);
    files = new RepositoryFile(
      { fetch } as PgBackRest,
      {
        workDirectory: directory,
        processes: new LocalProcessRunner(),
        signal: new AbortController().signal,
        logger: mockServices.logger.mock(),
      } as Partial<RunContext> as RunContext,
    );
  });

  afterEach(() => rm(directory, { recursive: true }));

  async function use(stored: Buffer, ending: string): Promise<Buffer> {
    await writeFile(join(directory, 'stored'), stored);
    return files.use(
      { path: `archive/main/15-1/${NAME}-${SHA1}${ending}`, at: new Date() },
      NAME,
      path => readFile(path),
    );
  }

  const compressed = [
    ['', CONTENT],
    ['.gz', gzipSync(CONTENT)],
    ['.zst', zstdCompressSync(CONTENT)],
  ] as const;

  describe.each(compressed)('archived as "%s"', (ending, whole) => {
    it('is read as it was archived, and leaves nothing behind', async () => {
      expect((await use(whole, ending)).equals(CONTENT)).toBe(true);
      expect(await readdir(directory)).toEqual(['stored']);
    });

    it.each([
      ['ends too early', whole.subarray(0, whole.length - 20)],
      ['is empty', Buffer.alloc(0)],
      [
        'has a flipped byte',
        Buffer.from(
          whole.map((byte, n) =>
            n === whole.length >> 1 ? byte ^ 0xff : byte,
          ),
        ),
      ],
    ])('is damaged when it %s', async (_case, stored) => {
      const error = await use(stored, ending).catch(thrown => thrown);
      expect(error).toBeInstanceOf(DamagedFileError);
      expect(error.file).toBe(`archive/main/15-1/${NAME}-${SHA1}${ending}`);
      expect(await readdir(directory)).toEqual(['stored']);
    });
  });
});
