import { readFile, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { InputError } from '@backstage/errors';
import { RunContext } from 'backstage-plugin-database-ops-node';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { ArchivedFile } from './archiveListing';

const FETCH_TIMEOUT_SECONDS = 120;
const TOOL_TIMEOUT_SECONDS = 60;

/** Tools for compressions that this runtime has not got: name and how it writes to a file. */
const TOOLS: Readonly<Record<string, { command: string; args: string[] }>> = {
  '.lz4': { command: 'lz4', args: ['-d', '-f', '-q'] },
  '.bz2': { command: 'bzip2', args: ['-d', '-f', '-q'] },
};

/** Single files of a pgBackRest repository, decrypted by pgBackRest. */
export class RepositoryFile {
  readonly #pgbackrest: PgBackRest;
  readonly #context: RunContext;

  constructor(pgbackrest: PgBackRest, context: RunContext) {
    this.#pgbackrest = pgbackrest;
    this.#context = context;
  }

  async text(file: ArchivedFile): Promise<string> {
    return this.use(file, 'history', path => readFile(path, 'utf8'));
  }

  /** Lets the file be read under a name, and removes it afterwards. */
  async use<T>(
    { path }: ArchivedFile,
    name: string,
    read: (file: string) => Promise<T>,
  ): Promise<T> {
    const ending = extname(path);
    const fetched = join(
      this.#context.workDirectory,
      `${name}${/^\.(gz|zst|lz4|bz2)$/.test(ending) ? ending : ''}`,
    );
    const plain = join(this.#context.workDirectory, name);
    try {
      await this.#pgbackrest.fetch(path, fetched, FETCH_TIMEOUT_SECONDS);
      await this.#decompress(ending, fetched, plain);
      return await read(plain);
    } finally {
      await rm(fetched, { force: true });
      await rm(plain, { force: true });
    }
  }

  async #decompress(ending: string, from: string, to: string): Promise<void> {
    const tool = TOOLS[ending];
    if (tool) {
      await this.#context.processes.run({
        command: tool.command,
        // bzip2 writes beside its input, under the name that is wanted.
        args:
          ending === '.lz4' ? [...tool.args, from, to] : [...tool.args, from],
        timeoutSeconds: TOOL_TIMEOUT_SECONDS,
        signal: this.#context.signal,
      });
    } else if (ending === '.gz') {
      await writeFile(to, await promisify(gunzip)(await readFile(from)));
    } else if (ending === '.zst') {
      if (typeof zstdDecompress !== 'function') {
        throw new InputError(
          `This Node.js (${process.version}) cannot decompress zstd; run the worker with version 22.15 or later.`,
        );
      }
      await writeFile(
        to,
        await promisify(zstdDecompress)(await readFile(from)),
      );
    }
  }
}
