import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  rmdir,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError, NotAllowedError } from '@backstage/errors';
import { OperationFailedError } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { formatBytes } from '../health/format';
import { Account } from './account';
import { isAlive } from './serverPid';
import { chooseSocketFolder, requireOwnSocketFolder } from './socketFolder';
import { openTablespaces } from './tablespaces';

const MARKER = '.database-ops-restore.json';
/** What became of a restore in place; see `InPlaceJournal`. */
export const IN_PLACE_JOURNAL = 'in-place.json';
/** Without the journal the marker would tell of a worker at work. */
const LAST: readonly string[] = [IN_PLACE_JOURNAL, MARKER];
/** Room for file system overhead, and for WAL that recovery fetches and writes. */
const SIZE_FACTOR = 1.1;
const WAL_BYTES = 100_000_000;

const markerSchema = z.object({
  version: z.literal(1),
  databaseId: z.string(),
  operationId: z.string(),
  state: z.enum(['restoring', 'running', 'promoting', 'promoted']),
  host: z.string(),
  workerPid: z.number(),
  socketDirectory: z.string(),
  /** Of the server, once it has been opened. */
  server: z
    .object({
      port: z.number(),
      superuser: z.string(),
      backupId: z.string(),
      timeline: z.number().optional(),
    })
    .optional(),
});
type Marker = z.infer<typeof markerSchema>;

/**
 * The folder of one restore. Everything that the restore makes lies in it
 * (a socket folder excepted, when the path is too long for a socket), and a
 * marker says whose it is, so that discard never removes anything else.
 */
export class RestorePlace {
  readonly directory: string;
  readonly #account: Account;
  #marker: Marker;

  static pathOf(
    restoreDirectory: string,
    databaseId: string,
    operationId: string,
  ): string {
    const short = operationId.replace(/[^A-Za-z0-9]/g, '').slice(0, 12);
    return join(resolve(restoreDirectory), `${databaseId}-${short}`);
  }

  /** @throws OperationFailedError when the place is not empty or cannot be made */
  static async create(options: {
    readonly directory: string;
    readonly databaseId: string;
    readonly operationId: string;
    readonly account: Account;
  }): Promise<RestorePlace> {
    const { directory, databaseId, operationId, account } = options;
    if ((await entriesOf(directory)).length > 0) {
      throw new OperationFailedError({
        cause: `The place to restore to, ${directory}, is not empty.`,
        object: directory,
        nextStep:
          'Look at what lies there; discard or move it, then start a new restore.',
        code: 'restore-place-not-empty',
      });
    }
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const place = new RestorePlace(directory, account, {
      version: 1,
      databaseId,
      operationId,
      state: 'restoring',
      host: hostname(),
      workerPid: process.pid,
      socketDirectory: await chooseSocketFolder(directory),
    });
    await place.#writeMarker();
    await place.#own(directory);
    for (const folder of [
      place.dataDirectory,
      place.tablespaceDirectory,
      place.configurationDirectory,
      place.socketDirectory,
    ]) {
      await place.makeFolder(folder);
    }
    return place;
  }

  /**
   * Opens what an earlier restore made; `undefined` when nothing is left of it.
   *
   * @throws NotAllowedError when no restore made it
   */
  static async open(
    directory: string,
    account: Account,
  ): Promise<RestorePlace | undefined> {
    const entries = await entriesOf(directory);
    if (entries.length === 0) {
      return undefined;
    }
    if (!entries.includes(MARKER)) {
      throw new NotAllowedError(
        `${directory} was not made by a restore (it has no ${MARKER}); remove it by hand if it is not needed.`,
      );
    }
    const marker = markerSchema.parse(
      JSON.parse(await readFile(join(directory, MARKER), 'utf8')),
    );
    await requireOwnSocketFolder(directory, marker.socketDirectory);
    return new RestorePlace(directory, account, marker);
  }

  private constructor(directory: string, account: Account, marker: Marker) {
    this.directory = directory;
    this.#account = account;
    this.#marker = marker;
  }

  get databaseId(): string {
    return this.#marker.databaseId;
  }

  get operationId(): string {
    return this.#marker.operationId;
  }

  /** Whether it was never finished and its worker, of this machine, is gone. */
  get isAbandoned(): boolean {
    const { state, host, workerPid } = this.#marker;
    return state === 'restoring' && host === hostname() && !isAlive(workerPid);
  }

  get dataDirectory(): string {
    return join(this.directory, 'data');
  }

  get tablespaceDirectory(): string {
    return join(this.directory, 'tablespaces');
  }

  get configurationDirectory(): string {
    return join(this.directory, 'conf');
  }

  /** pgBackRest's configuration with its secrets; only there while recovery needs it. */
  get toolDirectory(): string {
    return join(this.directory, 'pgbackrest');
  }

  get toolConfiguration(): string {
    return join(this.toolDirectory, 'pgbackrest.conf');
  }

  /** What a promoted server archives with, for good. */
  get archiveDirectory(): string {
    return join(this.directory, 'archive');
  }

  get server(): Marker['server'] {
    return this.#marker.server;
  }

  /** Whether a promotion was begun: then it may hold what is nowhere else. */
  get isPromoted(): boolean {
    return ['promoting', 'promoted'].includes(this.#marker.state);
  }

  get socketDirectory(): string {
    return this.#marker.socketDirectory;
  }

  get logFile(): string {
    return join(this.directory, 'postgresql.log');
  }

  /** Writes a private file that the restored server's account may read. */
  async write(path: string, content: string): Promise<void> {
    await writeFile(path, content, { mode: 0o600 });
    await chmod(path, 0o600);
    await this.#own(path);
  }

  /** A private folder of the restored server's account; one that is there stays. */
  async makeFolder(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#own(folder);
  }

  async makeTools(): Promise<void> {
    for (const name of ['', 'lock', 'log', 'spool']) {
      await this.makeFolder(join(this.toolDirectory, name));
    }
  }

  /** The server runs and is kept. */
  async finish(server?: Marker['server']): Promise<void> {
    await this.#mark({ state: 'running', ...(server ? { server } : {}) });
  }

  /** From here on it may hold what is nowhere else. */
  async promote(state: 'promoting' | 'promoted'): Promise<void> {
    await this.#mark({ state });
  }

  /** Makes it one that is removed by others when the worker that uses it is gone. */
  async keepUnfinished(): Promise<void> {
    await this.#mark({ state: 'restoring', workerPid: process.pid });
  }

  async removeTools(): Promise<void> {
    await rm(this.toolDirectory, { recursive: true, force: true });
  }

  /** Removes everything; what says what it is last, so that an interrupted removal can be repeated. */
  async remove(): Promise<void> {
    // Again: between opening and now a link may have taken its place.
    await requireOwnSocketFolder(this.directory, this.socketDirectory);
    await rm(this.socketDirectory, { recursive: true, force: true });
    await openTablespaces(this.dataDirectory);
    for (const entry of await entriesOf(this.directory)) {
      if (!LAST.includes(entry)) {
        await rm(join(this.directory, entry), { recursive: true, force: true });
      }
    }
    for (const entry of LAST) {
      await rm(join(this.directory, entry), { force: true });
    }
    await rmdir(this.directory);
  }

  async #mark(change: Partial<Marker>): Promise<void> {
    this.#marker = { ...this.#marker, ...change };
    await this.#writeMarker();
  }

  async #writeMarker(): Promise<void> {
    await writeFile(
      join(this.directory, MARKER),
      `${JSON.stringify(this.#marker)}\n`,
      { mode: 0o600 },
    );
  }

  async #own(path: string): Promise<void> {
    if (this.#account.uid !== undefined && this.#account.gid !== undefined) {
      await chown(path, this.#account.uid, this.#account.gid);
    }
  }
}

/** The folder's entries; none when it is absent. */
export async function entriesOf(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return [];
    }
    throw error;
  }
}

/**
 * That a path is a restore of this database right below the configured
 * folder, and no link out of it.
 */
export async function requireBelow(
  restoreDirectory: string,
  databaseId: string,
  directory: string,
): Promise<void> {
  const path = resolve(directory);
  if (
    dirname(path) !== resolve(restoreDirectory) ||
    !basename(path).startsWith(`${databaseId}-`)
  ) {
    throw new NotAllowedError(
      `${directory} is not a restore of database '${databaseId}' below ${restoreDirectory}; nothing was removed.`,
    );
  }
  try {
    if ((await lstat(path)).isSymbolicLink()) {
      throw new NotAllowedError(
        `${directory} is a link; nothing was removed. Remove it by hand if it is not needed.`,
      );
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
}

/** @throws OperationFailedError naming what is needed and what is free */
export async function requireSpace(
  restoreDirectory: string,
  sizeBytes: number,
  keepFreeBytes: number,
): Promise<void> {
  const neededBytes =
    Math.ceil(sizeBytes * SIZE_FACTOR) + WAL_BYTES + keepFreeBytes;
  const { bavail, bsize } = await statfs(restoreDirectory);
  const freeBytes = bavail * bsize;
  if (freeBytes < neededBytes) {
    throw new OperationFailedError({
      cause: `The disk of ${restoreDirectory} has too little space: the restore needs ${formatBytes(neededBytes)} (${neededBytes} bytes), ${formatBytes(freeBytes)} (${freeBytes} bytes) are free.`,
      object: restoreDirectory,
      nextStep:
        'Discard restored instances that are not needed, free space, or configure another restore.directory.',
      code: 'restore-disk-full',
    });
  }
}

export async function requireDirectory(directory: string): Promise<void> {
  try {
    if ((await lstat(directory)).isDirectory()) {
      return;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw error;
    }
  }
  throw new InputError(
    `The folder for restores, ${directory}, does not exist on this machine; create it for the account that runs PostgreSQL, or correct restore.directory.`,
  );
}
