import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import {
  findProcess,
  OperationFailedError,
  ProcessRunner,
} from 'backstage-plugin-database-ops-node';
import { Account } from './account';
import { RestorePlace } from './RestorePlace';
import { acceptsConnections, serverPid } from './serverPid';

const STOP_SECONDS = 60;
const KILL_WAIT_SECONDS = 10;
const LOG_TAIL_LINES = 8;

/**
 * The PostgreSQL server of a restore. `pg_ctl` starts it in a session of its
 * own, so it outlives the worker; it is found again by its pid file.
 */
export class RestoredServer {
  readonly #place: RestorePlace;
  readonly #binDirectory: string;
  readonly #account: Account;
  readonly #processes: ProcessRunner;

  constructor(options: {
    readonly place: RestorePlace;
    readonly binDirectory: string;
    readonly account: Account;
    readonly processes: ProcessRunner;
  }) {
    this.#place = options.place;
    this.#binDirectory = options.binDirectory;
    this.#account = options.account;
    this.#processes = options.processes;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#pgCtl(
      [
        'start',
        '-W',
        '-s',
        '-l',
        this.#place.logFile,
        '-o',
        `-c config_file=${shellQuoted(join(this.#place.configurationDirectory, 'postgresql.conf'))}`,
      ],
      signal,
    );
  }

  async reload(signal: AbortSignal): Promise<void> {
    await this.#pgCtl(['reload', '-s'], signal);
  }

  /** The server's process id while it lives; a stale pid file gives none. */
  async pid(): Promise<number | undefined> {
    return serverPid(this.#place.dataDirectory);
  }

  /** Whether it lets sessions in, at least to read; asked of its pid file, so that its log stays clean. */
  async acceptsConnections(): Promise<boolean> {
    return acceptsConnections(this.#place.dataDirectory);
  }

  /**
   * Ends the server: at once, because nothing in it must be kept; by force
   * when it does not listen. Idempotent.
   */
  async stop(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) {
      return;
    }
    process.kill(pid, 'SIGQUIT');
    if (!(await this.#ended(pid, STOP_SECONDS))) {
      process.kill(pid, 'SIGKILL');
      if (!(await this.#ended(pid, KILL_WAIT_SECONDS))) {
        throw new OperationFailedError({
          cause: `The restored server (process ${pid}) in ${this.#place.directory} does not end.`,
          object: this.#place.directory,
          nextStep: `Find out what process ${pid} waits for, end it, then discard the restored instance again.`,
          code: 'restored-server-not-ended',
        });
      }
    }
  }

  /** @throws OperationFailedError with the end of its log when it is gone */
  async requireAlive(): Promise<void> {
    if ((await this.pid()) !== undefined) {
      return;
    }
    const tail = await this.logTail();
    throw new OperationFailedError({
      cause: /No space left on device/.test(tail)
        ? `The restored server ended: the disk of ${this.#place.directory} is full.`
        : `The restored server ended during recovery. Its log says: ${tail}`,
      object: this.#place.directory,
      nextStep: /No space left on device/.test(tail)
        ? 'Free space or configure another restore.directory, then restore again.'
        : 'Choose another backup, or check with "pgbackrest verify" that no WAL is missing.',
      code: 'restored-server-ended',
    });
  }

  /** The lines that explain an end, newest last. */
  async logTail(): Promise<string> {
    try {
      const log = await readFile(this.#place.logFile, 'utf8');
      const lines = log.trim().split('\n');
      const telling = lines.filter(line => /FATAL|PANIC|ERROR|HINT/.test(line));
      return (telling.length > 0 ? telling : lines)
        .slice(-LOG_TAIL_LINES)
        .join(' | ');
    } catch (error) {
      return `its log cannot be read (${toError(error).message})`;
    }
  }

  async #ended(pid: number, seconds: number): Promise<boolean> {
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      // The pid file goes a moment before the process does.
      if ((await findProcess(pid)) === undefined) {
        return true;
      }
      await sleep(100);
    }
    return false;
  }

  async #pgCtl(args: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#processes.run({
      command: join(this.#binDirectory, 'pg_ctl'),
      args: [...args, '-D', this.#place.dataDirectory],
      cwd: '/',
      runAs: this.#account.runAs,
      timeoutSeconds: 60,
      signal,
    });
  }
}

/** `pg_ctl` hands its options to a shell. */
function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
