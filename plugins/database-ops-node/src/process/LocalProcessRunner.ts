import { ChildProcess, execFile, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InputError, toError } from '@backstage/errors';
import { Redactor } from '../secrets/Redactor';
import { LineCollector } from './LineCollector';
import { ProcessRunner, RunOptions, RunResult } from './ProcessRunner';
import { secretsOfEnvironment } from './secretsOfEnvironment';
import { ToolError } from './ToolError';

const KILL_AFTER_SECONDS = 10;
/** A daemon left by a tool may hold its output open; it is not waited for longer. */
const OUTPUT_GRACE_TURNS = 100;
const STOPPED_OUTPUT_GRACE_TURNS = 6;
const OUTPUT_TURN_MS = 50;
/** What a shell gives for a command that cannot be started, and adds to a signal's number. */
const NOT_STARTED = 127;
const SIGNAL_BASE = 128;

/**
 * What a runner is given once.
 *
 * @public
 */
export interface LocalProcessRunnerOptions {
  /** Secrets to be taken out of lines and errors, besides those of each child's environment. */
  readonly redactor?: Redactor;
  /** Time between SIGTERM and SIGKILL; 10 when absent. */
  readonly killAfterSeconds?: number;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Runs tools as children that stay in this process's group, with a minimal
 * environment.
 *
 * @public
 */
export class LocalProcessRunner implements ProcessRunner {
  readonly #redactor: Redactor;
  readonly #killAfterSeconds: number;
  readonly #accounts = new Map<string, Promise<Account>>();

  constructor(options: LocalProcessRunnerOptions = {}) {
    this.#redactor = options.redactor ?? new Redactor([]);
    this.#killAfterSeconds = options.killAfterSeconds ?? KILL_AFTER_SECONDS;
  }

  async run(options: RunOptions): Promise<RunResult> {
    const { command, signal, timeoutSeconds } = options;
    signal?.throwIfAborted();
    const name = basename(command);
    const lines = new LineCollector(
      this.#redactor.with(secretsOfEnvironment(options.env ?? {})),
      options.onLine,
    );
    const account = await this.#accountOf(options.runAs);
    const startedAtMs = performance.now();
    // Not detached: the child belongs to the process group that ends with the worker.
    const child = spawn(command, options.args, {
      cwd: options.cwd,
      env: { ...minimalEnvironment(options.runAs), ...options.env },
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...account,
    });
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    const disarm = this.#endOnAbort(
      child,
      signal ? [signal, timeout] : [timeout],
    );
    const outputs = Promise.all([
      lines.collect(child.stdout!, 'stdout'),
      lines.collect(child.stderr!, 'stderr'),
    ]);
    let exitCode: number;
    try {
      [exitCode] = await Promise.all([
        exitOf(child, name),
        feed(child, options.input),
      ]);
    } finally {
      disarm();
    }
    const graceTurns =
      signal?.aborted || timeout.aborted
        ? STOPPED_OUTPUT_GRACE_TURNS
        : OUTPUT_GRACE_TURNS;
    await endedWithin(graceTurns, outputs);
    child.stdout!.destroy();
    child.stderr!.destroy();

    signal?.throwIfAborted();
    if (timeout.aborted) {
      throw new ToolError({
        command: name,
        exitCode,
        lastLines: lines.last,
        sentence: `${name} did not end within ${timeoutSeconds} s and was stopped`,
      });
    }
    if (!(options.acceptExitCodes ?? [0]).includes(exitCode)) {
      throw new ToolError({ command: name, exitCode, lastLines: lines.last });
    }
    const durationSeconds = (performance.now() - startedAtMs) / 1000;
    return {
      exitCode,
      stdout: lines.stdout,
      stderr: lines.stderr,
      durationSeconds,
    };
  }

  /** SIGTERM, then SIGKILL; gives the function that calls it off. */
  #endOnAbort(child: ChildProcess, signals: AbortSignal[]): () => void {
    const ending = AbortSignal.any(signals);
    let forced: NodeJS.Timeout | undefined;
    const end = () => {
      child.kill('SIGTERM');
      forced = setTimeout(
        () => child.kill('SIGKILL'),
        this.#killAfterSeconds * 1000,
      );
    };
    if (ending.aborted) {
      end();
    } else {
      ending.addEventListener('abort', end, { once: true });
    }
    return () => {
      ending.removeEventListener('abort', end);
      clearTimeout(forced);
    };
  }

  async #accountOf(runAs: string | undefined): Promise<Partial<Account>> {
    // Only root may change the account; others run tools as themselves.
    if (runAs === undefined || process.getuid?.() !== 0) {
      return {};
    }
    let account = this.#accounts.get(runAs);
    if (!account) {
      account = lookUpAccount(runAs);
      this.#accounts.set(runAs, account);
    }
    return account;
  }
}

function minimalEnvironment(runAs: string | undefined): Record<string, string> {
  const {
    PATH = '/usr/local/bin:/usr/bin:/bin',
    HOME = '/',
    LANG = 'C.UTF-8',
  } = process.env;
  return {
    PATH,
    // Another account cannot read ours.
    HOME: runAs === undefined || process.getuid?.() !== 0 ? HOME : '/',
    LANG,
    TZ: 'UTC',
  };
}

async function exitOf(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => {
      // Emitted too when a signal could not be sent to a child that runs.
      if (child.pid === undefined) {
        reject(
          new ToolError({
            command: name,
            exitCode: NOT_STARTED,
            lastLines: [],
            sentence: `${name} could not be started (${error.message}); install it on this machine or correct its path`,
          }),
        );
      }
    });
    child.once('exit', (code, signal) =>
      resolve(code ?? SIGNAL_BASE + (signal ? constants.signals[signal] : 0)),
    );
  });
}

/**
 * Counted in turns of the event loop, not by the clock: a process that was
 * starved for seconds would take the time for over before it read what lies in
 * the pipe, and lines would be lost.
 */
async function endedWithin(
  turns: number,
  outputs: Promise<unknown>,
): Promise<void> {
  let ended = false;
  const end = outputs.then(() => {
    ended = true;
  });
  for (let turn = 0; turn < turns && !ended; turn += 1) {
    await Promise.race([end, sleep(OUTPUT_TURN_MS, undefined, { ref: false })]);
  }
}

async function feed(
  child: ChildProcess,
  input: string | undefined,
): Promise<void> {
  const { stdin } = child;
  if (input === undefined || !stdin) {
    return;
  }
  await new Promise<void>(resolve => {
    // A tool that ends without reading all of its input is judged by its exit code.
    stdin.once('error', () => resolve());
    stdin.end(input, () => resolve());
  });
}

async function lookUpAccount(name: string): Promise<Account> {
  const id = async (flag: '-u' | '-g') => {
    const { stdout } = await promisify(execFile)('id', [flag, '--', name]);
    return Number(stdout.trim());
  };
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch (thrown) {
    throw new InputError(
      `There is no account '${name}' on this machine (${toError(thrown).message.trim()}); create it, or correct runAs in the configuration.`,
    );
  }
}
