import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
  RunResult,
  ToolError,
} from 'backstage-plugin-database-ops-node';
import { PgBackRestConfig, PostgresqlConfig } from '../config';
import { renderConfiguration, requirePgBackRest } from './configuration';
import { explainFailure } from './failures';
import { serversOf } from './hosts';
import { INFO_STATUS, parseInfo, PgBackRestStanza } from './info';

/** pgBackRest's own exit codes are judged here, not by the runner. */
const EVERY_EXIT_CODE = Array.from({ length: 256 }, (_, code) => code);
const INFO_TIMEOUT_SECONDS = 120;

export interface PgBackRestRun {
  readonly command: string;
  readonly args?: readonly string[];
  /** What stands after the command. */
  readonly operands?: readonly string[];
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** pgBackRest on the worker, as the repository host of one database. */
export class PgBackRest {
  readonly config: PgBackRestConfig;
  readonly lockFolder: string;
  readonly #target: OperateTarget<PostgresqlConfig>;
  readonly #context: RunContext;
  readonly #configurationFile: string;

  /** Writes the configuration, secrets included, to a private file of the operation. */
  static async create(
    target: OperateTarget<PostgresqlConfig>,
    context: RunContext,
  ): Promise<PgBackRest> {
    const config = requirePgBackRest(target);
    const folders = {
      lock:
        config.lockDirectory ??
        defaultLockFolder(context.workDirectory, target.database.id),
      log: join(context.workDirectory, 'pgbackrest-log'),
      spool: join(context.workDirectory, 'pgbackrest-spool'),
    };
    for (const folder of Object.values(folders)) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    }
    const file = join(context.workDirectory, 'pgbackrest.conf');
    await writeFile(
      file,
      renderConfiguration(target, { kind: 'repository-host' }, folders),
      { mode: 0o600 },
    );
    return new PgBackRest(target, context, config, file, folders.lock);
  }

  private constructor(
    target: OperateTarget<PostgresqlConfig>,
    context: RunContext,
    config: PgBackRestConfig,
    configurationFile: string,
    lockFolder: string,
  ) {
    this.config = config;
    this.lockFolder = lockFolder;
    this.#target = target;
    this.#context = context;
    this.#configurationFile = configurationFile;
  }

  /** @throws OperationFailedError naming cause, object and next step */
  async run(run: PgBackRestRun): Promise<RunResult> {
    return runPgBackRest(this.#target, this.#context, {
      ...run,
      args: [
        `--config=${this.#configurationFile}`,
        '--log-level-console=detail',
        '--log-level-stderr=off',
        ...(run.args ?? []),
      ],
    });
  }

  /**
   * Runs a command whose output is a document: no line of the log stands in it.
   *
   * @param run.logLevel - of what goes to standard error
   */
  async output(
    run: PgBackRestRun & { readonly logLevel?: 'info' | 'warn' },
  ): Promise<RunResult> {
    const { logLevel = 'warn', ...rest } = run;
    return runPgBackRest(this.#target, this.#context, {
      ...rest,
      args: [
        `--config=${this.#configurationFile}`,
        '--log-level-console=off',
        `--log-level-stderr=${logLevel}`,
        ...(run.args ?? []),
      ],
    });
  }

  /** Writes a file of the repository, decrypted, to this machine. */
  async fetch(path: string, to: string, timeoutSeconds: number): Promise<void> {
    await runPgBackRest(this.#target, this.#context, {
      command: 'repo-get',
      args: [
        `--config=${this.#configurationFile}`,
        '--log-level-console=off',
        '--log-level-stderr=warn',
      ],
      operands: [path],
      outputFile: to,
      timeoutSeconds,
    });
  }

  /**
   * What the repository holds for the stanza; `undefined` while the stanza is
   * not there. An unreachable repository is told by the document, never by
   * the exit code.
   */
  async info(): Promise<PgBackRestStanza | undefined> {
    const { stdout, stderr } = await this.output({
      command: 'info',
      args: ['--output=json'],
      timeoutSeconds: INFO_TIMEOUT_SECONDS,
    });
    const stanza = parseInfo(stdout, this.config.stanza);
    const code = stanza?.status.code;
    if (
      code === undefined ||
      code === INFO_STATUS.missingStanzaPath ||
      code === INFO_STATUS.missingStanzaData
    ) {
      return undefined;
    }
    if (code === INFO_STATUS.other) {
      const said = stanza?.repo?.[0]?.status.message ?? stanza?.status.message;
      throw failedRun(
        this.#target,
        'info',
        code,
        `ERROR: [${code}]: ${said ?? ''}\n${stderr}`,
      );
    }
    return stanza;
  }

  /** Files of a backup that held pages with wrong checksums when they were copied. */
  async filesWithWrongChecksums(label: string): Promise<readonly string[]> {
    const { stdout } = await this.output({
      command: 'info',
      args: [`--set=${label}`, '--output=json'],
      timeoutSeconds: INFO_TIMEOUT_SECONDS,
    });
    return (
      parseInfo(stdout, this.config.stanza)?.backup.at(0)?.['error-list'] ?? []
    );
  }
}

/**
 * One folder per database and machine, so that two runs exclude each other:
 * beside the folders of all operations (a worker works in `<operation>/work`).
 */
function defaultLockFolder(workDirectory: string, databaseId: string): string {
  const own = dirname(workDirectory);
  return join(
    basename(workDirectory) === 'work' ? dirname(own) : own,
    '.pgbackrest-locks',
    databaseId,
  );
}

/** Runs pgBackRest for a database's stanza; also used where a restore has a configuration of its own. */
export async function runPgBackRest(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  run: PgBackRestRun & {
    readonly runAs?: string;
    /** Where its output goes, whatever bytes it has. */
    readonly outputFile?: string;
  },
): Promise<RunResult> {
  const config = requirePgBackRest(target);
  const program = config.command ?? 'pgbackrest';
  let result: RunResult;
  try {
    result = await context.processes.run({
      command: run.outputFile === undefined ? program : '/bin/sh',
      args: [
        ...(run.outputFile === undefined
          ? []
          : [
              '-c',
              'out=$1; shift; exec "$@" > "$out"',
              'sh',
              run.outputFile,
              program,
            ]),
        `--stanza=${config.stanza}`,
        ...(run.args ?? []),
        run.command,
        ...(run.operands ?? []),
      ],
      cwd: '/',
      runAs: run.runAs,
      timeoutSeconds: run.timeoutSeconds,
      signal: run.signal ?? context.signal,
      onLine: run.onLine,
      acceptExitCodes: EVERY_EXIT_CODE,
    });
  } catch (error) {
    if (error instanceof ToolError) {
      throw new OperationFailedError(
        {
          cause: `${error.message}.`,
          object: config.stanza,
          nextStep:
            error.exitCode === 127
              ? 'Install pgBackRest on the machine of the worker, or set pgbackrest.command.'
              : 'Check the object store and the database host for what it waited on, then start it again.',
          code: 'pgbackrest-not-ended',
        },
        error,
      );
    }
    throw error;
  }
  if (result.exitCode !== 0) {
    throw failedRun(
      target,
      run.command,
      result.exitCode,
      `${result.stdout}\n${result.stderr}`,
    );
  }
  return result;
}

function failedRun(
  target: OperateTarget<PostgresqlConfig>,
  command: string,
  exitCode: number,
  output: string,
): OperationFailedError {
  const config = requirePgBackRest(target);
  return new OperationFailedError(
    explainFailure({
      command,
      exitCode,
      output,
      stanza: config.stanza,
      repositoryId: target.repository.id,
      bucket: target.repository.bucket,
      server: serversOf(config),
    }),
  );
}
