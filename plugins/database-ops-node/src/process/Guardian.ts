import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProcess } from './processTable';

/**
 * Reads from a pipe that only the worker holds. When the worker dies, however
 * it dies, the pipe ends without a goodbye and the shell kills its own process
 * group, which is the worker's. It ignores what is sent to the whole group
 * before, because it must be the last to go.
 */
const SCRIPT =
  'trap "" TERM INT HUP QUIT; read -r line; [ "$line" = goodbye ] || kill -KILL 0';

/**
 * Sees to it that nothing a worker started outlives a killed worker.
 *
 * @public
 */
export class Guardian {
  readonly #shell: ChildProcess;

  /**
   * Starts one for this process, or gives `undefined` when this process does
   * not lead its process group: killing the group would then end its parents.
   */
  static async start(): Promise<Guardian | undefined> {
    const self = await findProcess(process.pid);
    if (self?.groupId !== process.pid) {
      return undefined;
    }
    const shell = spawn('/bin/sh', ['-c', SCRIPT], {
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    await once(shell, 'spawn');
    return new Guardian(shell);
  }

  private constructor(shell: ChildProcess) {
    this.#shell = shell;
  }

  get processId(): number {
    return this.#shell.pid!;
  }

  /** Lets the guardian go without a kill. */
  async dismiss(): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) {
      return;
    }
    const ended = once(this.#shell, 'exit');
    this.#shell.stdin!.end('goodbye\n');
    await ended;
  }
}
