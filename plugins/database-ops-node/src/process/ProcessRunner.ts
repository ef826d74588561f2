/**
 * A tool run as a child process. Secrets go by `env` of that one child or by
 * private files, never by `args`.
 *
 * @public
 */
export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to a minimal environment (PATH, HOME, LANG, TZ=UTC); nothing else of the parent's is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Run as this account; only where the worker is root. */
  readonly runAs?: string;
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  /** Called per line, with secrets of `env` redacted. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly input?: string;
  /** Exit codes that are no error; `[0]` when absent. */
  readonly acceptExitCodes?: readonly number[];
}

/**
 * How a tool ended.
 *
 * @public
 */
export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationSeconds: number;
}

/**
 * Starts tools so that none outlives its operation: every child stays in the
 * worker's process group, ends by signal then by force on abort or time-out.
 *
 * @public
 */
export interface ProcessRunner {
  /**
   * @throws ToolError with exit code and the last lines when the exit code is
   * not accepted; an abort rejects with the signal's reason.
   */
  run(options: RunOptions): Promise<RunResult>;
}
