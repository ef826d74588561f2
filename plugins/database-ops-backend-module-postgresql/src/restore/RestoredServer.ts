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
import { explainEnd } from './explainEnd';
import { RestorePlace } from './RestorePlace';
import { acceptsConnections, serverPid } from './serverPid';

const STOP_SECONDS = 60;
const KILL_WAIT_SECONDS = 10;
const ANSWER_SECONDS = 300;
const ANSWER_POLL_MILLISECONDS = 250;
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

  /**
   * @param goal - what recovery was to reach
   * @throws OperationFailedError with the end of its log when it is gone
   */
  async requireAlive(goal = 'the target'): Promise<void> {
    if ((await this.pid()) !== undefined) {
      return;
    }
    throw new OperationFailedError(
      explainEnd(await this.logTail(), goal, this.#place.directory),
    );
  }

  /** Waits until it lets sessions in. */
  async requireAnswer(signal: AbortSignal): Promise<void> {
    const until = performance.now() + ANSWER_SECONDS * 1000;
    do {
      // Its pid file appears a moment after its start.
      await sleep(ANSWER_POLL_MILLISECONDS, undefined, { signal });
      await this.requireAlive();
      if (performance.now() > until) {
        throw new OperationFailedError({
          cause: `The server in ${this.#place.directory} did not answer within ${ANSWER_SECONDS} s of its start.`,
          object: this.#place.directory,
          nextStep: `Read ${this.#place.logFile}.`,
          code: 'restored-server-not-answering',
        });
      }
    } while (!(await this.acceptsConnections()));
  }

  /** Ends the server in order: what it replayed is kept. */
  async stopInOrder(signal: AbortSignal): Promise<void> {
    if ((await this.pid()) !== undefined) {
      await this.#pgCtl(
        ['stop', '-s', '-m', 'fast', '-t', String(STOP_SECONDS)],
        signal,
      );
    }
  }

  /** The lines that explain an end, newest last. */
  async logTail(): Promise<string> {
    try {
      const log = await readFile(this.#place.logFile, 'utf8');
      const lines = log.trim().split('\n');
      const telling = lines.filter(line =>
        /FATAL|PANIC|ERROR|HINT|CONTEXT/.test(line),
      );
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
      timeoutSeconds: STOP_SECONDS + KILL_WAIT_SECONDS,
      signal,
    });
  }
}

/** `pg_ctl` hands its options to a shell. */
export function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
