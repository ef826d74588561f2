import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InputError, toError } from '@backstage/errors';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { ArchivedFile, contentHashOf } from './archiveListing';

const FETCH_TIMEOUT_SECONDS = 120;
const TOOL_TIMEOUT_SECONDS = 60;
/** The passphrase fits, or "info" would have failed before. */
const CANNOT_DECRYPT = 'pgbackrest-95';
/** A segment in chunks of the usual 16 KiB or 64 KiB takes four times as long. */
const CHUNK_BYTES = 1024 * 1024;

/** Tools for compressions that this runtime has not got: name and how it writes to a file. */
const TOOLS: Readonly<Record<string, { command: string; args: string[] }>> = {
  '.lz4': { command: 'lz4', args: ['-d', '-f', '-q'] },
  '.bz2': { command: 'bzip2', args: ['-d', '-f', '-q'] },
};

/** A file of the repository whose bytes are not what was written. */
export class DamagedFileError extends Error {
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(`${file} is damaged: ${toError(cause).message}`, { cause });
    this.name = 'DamagedFileError';
    this.file = file;
  }
}

/**
 * Single files of a pgBackRest repository, decrypted by pgBackRest. A segment
 * is held against the checksum in its name: a zstd file that ends too early
 * decompresses without an error.
 */
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

  /**
   * Lets the file be read under a name, and removes it afterwards.
   *
   * @throws DamagedFileError when its bytes are not those that were archived
   */
  async use<T>(
    { path }: ArchivedFile,
    name: string,
    read: (file: string) => Promise<T>,
  ): Promise<T> {
    const ending = extname(path);
    // Of its own: files of one name are read side by side, and pg_waldump goes on to a next segment beside it.
    const folder = await mkdtemp(join(this.#context.workDirectory, 'file-'));
    const fetched = join(
      folder,
      `${name}${/^\.(gz|zst|lz4|bz2)$/.test(ending) ? ending : ''}`,
    );
    const plain = join(folder, name);
    try {
      try {
        await this.#pgbackrest.fetch(path, fetched, FETCH_TIMEOUT_SECONDS);
        await this.#decompress(ending, fetched, plain);
      } catch (error) {
        throw isDamage(error) ? new DamagedFileError(path, error) : error;
      }
      await checkContent(path, plain);
      return await read(plain);
    } finally {
      await rm(folder, { recursive: true, force: true });
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
    } else if (ending === '.gz' || ending === '.zst') {
      await pipeline(
        createReadStream(from, { highWaterMark: CHUNK_BYTES }),
        decompressorOf(ending),
        createWriteStream(to),
      );
    }
  }
}

function decompressorOf(ending: '.gz' | '.zst'): Transform {
  if (ending === '.gz') {
    return createGunzip({ chunkSize: CHUNK_BYTES });
  }
  if (typeof createZstdDecompress !== 'function') {
    throw new InputError(
      `This Node.js (${process.version}) cannot decompress zstd; run the worker with version 22.15 or later.`,
    );
  }
  return createZstdDecompress({ chunkSize: CHUNK_BYTES });
}

/** pgBackRest names a segment with the SHA-1 of what PostgreSQL handed it. */
async function checkContent(path: string, plain: string): Promise<void> {
  const expected = contentHashOf(path);
  if (expected === undefined) {
    return;
  }
  const hash = createHash('sha1');
  await pipeline(createReadStream(plain, { highWaterMark: CHUNK_BYTES }), hash);
  const found = hash.digest('hex');
  if (found !== expected) {
    throw new DamagedFileError(
      path,
      new Error(`its content has the SHA-1 ${found}`),
    );
  }
}

/** What pgBackRest and this runtime's decompressors say of bytes that make no sense. */
function isDamage(error: unknown): boolean {
  if (error instanceof OperationFailedError) {
    return error.failure.code === CANNOT_DECRYPT;
  }
  const code = String((error as { readonly code?: unknown }).code);
  return /^(ZSTD_|Z_DATA|Z_BUF|ERR_ZLIB|ZSTD_error)/.test(code);
}
