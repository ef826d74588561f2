import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceUnavailableError } from '@backstage/errors';
import { absent } from './paths';
import { processStartTime, sendSignal } from './processTable';
import { FleetProcess, ProcessOptions } from './types';

const POLL_MILLISECONDS = 100;
const DEFAULT_STOP_SECONDS = 10;
const KILL_SECONDS = 10;

interface PidFile {
  readonly pid: number;
  readonly startTime: string;
}

export interface Supervision {
  readonly pidFile: string;
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** A process that outlives its starter and is found again through its pid file. */
export class SupervisedProcess implements FleetProcess {
  readonly #options: ProcessOptions;
  readonly #supervision: Supervision;

  constructor(options: ProcessOptions, supervision: Supervision) {
    this.#options = options;
    this.#supervision = supervision;
  }

  async start(): Promise<void> {
    const { name, readySeconds } = this.#options;
    const pid = (await this.pid()) ?? (await this.#spawn());
    const deadline = Date.now() + readySeconds * 1000;
    for (;;) {
      if (await this.#isReady()) {
        return;
      }
      if ((await this.pid()) !== pid) {
        throw new ServiceUnavailableError(
          `${name} ended while starting; its log ${this.#supervision.logFile} ends with:\n${await this.#logTail()}`,
        );
      }
      if (Date.now() > deadline) {
        const tail = await this.#logTail();
        await this.stop({ force: true });
        throw new ServiceUnavailableError(
          `${name} gave no answer within ${readySeconds} s and was ended; its log ${this.#supervision.logFile} ends with:\n${tail}`,
        );
      }
      await sleep(POLL_MILLISECONDS);
    }
  }

  async stop(options?: { readonly force?: boolean }): Promise<void> {
    const pid = await this.pid();
    if (pid !== undefined) {
      if (!options?.force) {
        sendSignal(pid, this.#options.stopSignal ?? 'SIGTERM');
        await this.#waitForEnd(
          this.#options.stopSeconds ?? DEFAULT_STOP_SECONDS,
        );
      }
      // The leader's id stays the group's id as long as the group has a member.
      sendSignal(-pid, 'SIGKILL');
      if (!(await this.#waitForEnd(KILL_SECONDS))) {
        throw new ServiceUnavailableError(
          `${this.#options.name} (process ${pid}) is still there ${KILL_SECONDS} s after SIGKILL; look for a blocked disk`,
        );
      }
    }
    await rm(this.#supervision.pidFile, { force: true });
  }

  async state(): Promise<'running' | 'stopped'> {
    return (await this.pid()) === undefined ? 'stopped' : 'running';
  }

  async pid(): Promise<number | undefined> {
    const text = await readFile(this.#supervision.pidFile, 'utf8').catch(
      absent,
    );
    if (text === undefined) {
      return undefined;
    }
    const { pid, startTime } = JSON.parse(text) as PidFile;
    return (await processStartTime(pid)) === startTime ? pid : undefined;
  }

  async #spawn(): Promise<number> {
    const { command, args, cwd, env, name } = this.#options;
    const { logFile, pidFile, uid, gid } = this.#supervision;
    const log = await open(logFile, 'a', 0o640);
    try {
      const child = spawn(command, args, {
        cwd,
        uid,
        gid,
        detached: true,
        env: { ...this.#supervision.env, ...env },
        stdio: ['ignore', log.fd, log.fd],
      });
      await once(child, 'spawn');
      child.unref();
      const pid = child.pid;
      const startTime = pid && (await processStartTime(pid));
      if (!pid || !startTime) {
        throw new ServiceUnavailableError(
          `${name} ended at once; its log ${logFile} ends with:\n${await this.#logTail()}`,
        );
      }
      const content: PidFile = { pid, startTime };
      await writeFile(`${pidFile}.new`, JSON.stringify(content));
      await rename(`${pidFile}.new`, pidFile);
      return pid;
    } finally {
      await log.close();
    }
  }

  /** A server that refuses while it starts makes `ready` throw: that is "not yet". */
  async #isReady(): Promise<boolean> {
    return this.#options.ready().then(
      answer => answer,
      () => false,
    );
  }

  async #waitForEnd(seconds: number): Promise<boolean> {
    const deadline = Date.now() + seconds * 1000;
    while ((await this.pid()) !== undefined) {
      if (Date.now() > deadline) {
        return false;
      }
      await sleep(POLL_MILLISECONDS);
    }
    return true;
  }

  async #logTail(): Promise<string> {
    const text =
      (await readFile(this.#supervision.logFile, 'utf8').catch(absent)) ?? '';
    return text.trimEnd().split('\n').slice(-15).join('\n');
  }
}
