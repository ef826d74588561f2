import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toError } from '@backstage/errors';
import {
  OperationFailedError,
  ProcessRunner,
  findProcess,
} from 'backstage-plugin-database-ops-node';
import { Account } from '../restore/account';
import {
  acceptsConnections,
  isStopping,
  serverPid,
} from '../restore/serverPid';
import { parseControlData } from '../restore/serverFiles';
import { InPlaceConfig } from './config';
import { SourceFacts } from './InPlaceJournal';
import { startArguments } from './startOptions';

export const DEFAULT_TIMEOUT_SECONDS = 300;
const POLL_MILLISECONDS = 100;
const KILL_WAIT_SECONDS = 60;
const TOOL_SECONDS = 60;
const EPOCH = BigInt(2 ** 32);

/** What `pg_controldata` says about the files of a server. */
export interface SourceFiles {
  readonly systemIdentifier: string;
  readonly timeline: number;
  /** Where its log ended: position of the last checkpoint. */
  readonly lastPosition: string;
  /** Whether it was shut down in order. */
  readonly isClean: boolean;
  /** With the major version it names the server's folders in tablespaces. */
  readonly catalogVersion: string;
  /** Of the last checkpoint, with its epoch. */
  readonly nextTransaction: bigint;
}

/** The server in the source's place, on this machine. */
export class SourceServer {
  readonly dataDirectory: string;
  readonly #config: InPlaceConfig;
  readonly #binDirectory: string;
  readonly #account: Account;
  readonly #processes: ProcessRunner;

  constructor(options: {
    readonly dataDirectory: string;
    readonly config: InPlaceConfig;
    readonly binDirectory: string;
    readonly account: Account;
    readonly processes: ProcessRunner;
  }) {
    this.dataDirectory = options.dataDirectory;
    this.#config = options.config;
    this.#binDirectory = options.binDirectory;
    this.#account = options.account;
    this.#processes = options.processes;
  }

  async pid(): Promise<number | undefined> {
    return serverPid(this.dataDirectory);
  }

  /** Whether it runs and lets sessions in. */
  async letsIn(): Promise<boolean> {
    return (
      (await this.pid()) !== undefined &&
      (await acceptsConnections(this.dataDirectory))
    );
  }

  /** @param directory - another place than its own, for files that were moved */
  async files(directory = this.dataDirectory): Promise<SourceFiles> {
    const { stdout } = await this.#processes.run({
      command: join(this.#binDirectory, 'pg_controldata'),
      args: ['-D', directory],
      env: { LC_ALL: 'C' },
      cwd: '/',
      runAs: this.#account.runAs,
      timeoutSeconds: TOOL_SECONDS,
    });
    const line = (label: string) =>
      new RegExp(`^${label}:\\s*(.*)$`, 'm').exec(stdout)?.[1].trim() ?? '';
    const [epoch, transaction] = line("Latest checkpoint's NextXID").split(':');
    return {
      systemIdentifier: parseControlData(stdout).systemIdentifier,
      timeline: Number(line("Latest checkpoint's TimeLineID")),
      lastPosition: line('Latest checkpoint location'),
      isClean: line('Database cluster state').startsWith('shut down'),
      catalogVersion: line('Catalog version number'),
      nextTransaction: BigInt(epoch) * EPOCH + BigInt(transaction ?? 0),
    };
  }

  /** Ends sessions, writes everything, archives the last segment. */
  async stop(signal?: AbortSignal): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) {
      return;
    }
    const seconds = this.#timeoutSeconds;
    await this.#run(
      this.#config.stop,
      ['stop', '-s', '-m', 'fast', '-t', String(seconds)],
      signal,
    );
    if (!(await this.#ended(pid, seconds))) {
      throw new OperationFailedError({
        cause: `The server in ${this.dataDirectory} (process ${pid}) still runs ${seconds} s after it was told to stop.`,
        object: this.dataDirectory,
        nextStep:
          'Look at its log: a failing archive command holds a shutdown up. Correct postgresql.inPlace.stop if it stops another server.',
        code: 'source-not-stopped',
      });
    }
  }

  /** Ends it whatever it takes: only for one that nothing must be kept of, or that was told to stop and does not. */
  async end(): Promise<void> {
    const pid = await this.pid();
    if (pid === undefined) {
      return;
    }
    for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
      process.kill(pid, name);
      if (await this.#ended(pid, KILL_WAIT_SECONDS)) {
        return;
      }
    }
    throw new OperationFailedError({
      cause: `The server in ${this.dataDirectory} (process ${pid}) does not end.`,
      object: this.dataDirectory,
      nextStep: `Find out what process ${pid} waits for and end it, then do this again.`,
      code: 'source-not-stopped',
    });
  }

  /** Starts it and waits until it lets sessions in; one that runs is left alone. */
  async start(
    how: Pick<SourceFacts, 'configurationFile' | 'options'>,
  ): Promise<void> {
    const stopping = await this.pid();
    if (stopping !== undefined && (await isStopping(this.dataDirectory))) {
      // It cannot be called back. Its own recovery makes up for the rest.
      if (!(await this.#ended(stopping, KILL_WAIT_SECONDS))) {
        await this.end();
      }
    }
    if ((await this.pid()) === undefined) {
      await this.#run(this.#config.start, [
        'start',
        '-W',
        '-s',
        '-l',
        this.logFile,
        ...startArguments(how),
      ]);
    }
    const until = performance.now() + this.#timeoutSeconds * 1000;
    // The pid file appears a moment after a start.
    let sawIt = false;
    while (performance.now() < until) {
      await sleep(POLL_MILLISECONDS);
      if ((await this.pid()) === undefined) {
        if (sawIt) {
          break;
        }
      } else {
        sawIt = true;
        if (await acceptsConnections(this.dataDirectory)) {
          return;
        }
      }
    }
    throw new OperationFailedError({
      cause: `The server in ${this.dataDirectory} was started and lets nobody in${sawIt ? '' : ': no process serves that folder'}.`,
      object: this.dataDirectory,
      nextStep: `Read its log (${this.#config.start ? 'where its service writes it' : this.logFile}).`,
      code: 'source-not-started',
    });
  }

  /** Where `pg_ctl` writes what the server says before it logs by itself. */
  get logFile(): string {
    return join(this.#config.directory, 'server.log');
  }

  get #timeoutSeconds(): number {
    return this.#config.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
  }

  async #run(
    own: readonly string[] | undefined,
    pgCtl: readonly string[],
    signal?: AbortSignal,
  ): Promise<void> {
    const [command, ...args] = own ?? [
      join(this.#binDirectory, 'pg_ctl'),
      ...pgCtl,
      '-D',
      this.dataDirectory,
    ];
    try {
      await this.#processes.run({
        command,
        args,
        cwd: '/',
        // A service manager is asked as the worker's own account.
        runAs: own ? undefined : this.#account.runAs,
        timeoutSeconds: this.#timeoutSeconds + KILL_WAIT_SECONDS,
        signal,
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw new OperationFailedError(
        {
          cause: `"${[command, ...args].join(' ')}" failed: ${toError(error).message}`,
          object: this.dataDirectory,
          nextStep: own
            ? 'Run it by hand on that machine; correct postgresql.inPlace.start or stop.'
            : `Read ${this.logFile} and the server's own log.`,
          code: 'source-command-failed',
        },
        error,
      );
    }
  }

  async #ended(pid: number, seconds: number): Promise<boolean> {
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      // The pid file goes a moment before the process does.
      if ((await findProcess(pid)) === undefined) {
        return true;
      }
      await sleep(POLL_MILLISECONDS);
    }
    return false;
  }
}
