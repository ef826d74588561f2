import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ServiceUnavailableError } from '@backstage/errors';

export interface RunToolOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  /** The child's whole environment; the caller's when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Also what it printed to its error stream, where some tools print their version. */
  readonly withErrorStream?: boolean;
}

/** Runs a short-lived tool and returns what it printed; a failure carries its exit code and its own words. */
export async function runTool(
  command: string,
  args: readonly string[],
  options: RunToolOptions = {},
): Promise<string> {
  const { withErrorStream, ...place } = options;
  const child = spawn(command, args, {
    ...place,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [exitCode, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  if (exitCode !== 0) {
    throw new ServiceUnavailableError(
      `${[command, ...args].join(' ')} ended with ${
        signal ?? `exit code ${exitCode}`
      }: ${(stderr + stdout).trim()}`,
    );
  }
  return withErrorStream ? stdout + stderr : stdout;
}
