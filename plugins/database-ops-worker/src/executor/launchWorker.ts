import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceUnavailableError } from '@backstage/errors';
import { WorkerSpec } from 'backstage-plugin-database-ops-node';
import { readWorkerIdentity, stateFiles } from '../stateFolder';

/** What a worker may know of its parent's environment. */
const ENVIRONMENT = [
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'NODE_EXTRA_CA_CERTS',
  'TMPDIR',
];

/** Beside the workers' folders, where nobody else may write. */
const COMPILE_CACHE = '.compile-cache';
const START_TIMEOUT_MS = 30_000;
const POLL_MS = 25;
const SHOWN_LOG_CHARACTERS = 500;

/**
 * Starts the worker of a folder as a detached process that leads its own
 * process group, and returns once it has begun.
 *
 * @throws ServiceUnavailableError with the end of its log when it does not begin.
 */
export async function launchWorker(
  folder: string,
  spec: WorkerSpec,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFile(stateFiles.spec(folder), JSON.stringify(spec), {
    mode: 0o600,
  });
  const log = await open(stateFiles.log(folder), 'a', 0o600);
  let child: ChildProcess;
  try {
    child = spawn(
      process.execPath,
      [
        ...inheritedArguments(process.execArgv),
        workerEntry(),
        stateFiles.spec(folder),
      ],
      {
        detached: true,
        env: {
          ...allowedEnvironment(process.env),
          // Compiled once for all workers: a third of the time to begin.
          NODE_COMPILE_CACHE: join(dirname(folder), COMPILE_CACHE),
        },
        // A file, never a pipe: the worker must outlive its parent. Descriptor 3 carries secrets only.
        stdio: ['ignore', log.fd, log.fd, 'pipe'],
      },
    );
    await once(child, 'spawn');
  } finally {
    await log.close();
  }
  try {
    await Promise.all([handOver(child, secrets), untilBegun(child, folder)]);
  } finally {
    child.unref();
  }
}

/**
 * Of the same copy of this package that is running: looked up by name, a
 * portal's unpacked bundle inside a checkout would find the checkout's sources.
 */
function workerEntry(): string {
  // eslint-disable-next-line no-restricted-syntax -- the rule's alternative looks up by name
  return resolve(__dirname, '..', '..', 'bin', 'database-ops-worker.js');
}

/** The parent's own arguments make TypeScript load; its debugger's port is taken. */
export function inheritedArguments(
  execArgv: readonly string[],
): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index++) {
    const argument = execArgv[index];
    if (
      ['-e', '--eval', '-p', '--print', '--inspect-port'].includes(argument)
    ) {
      index += 1;
    } else if (
      !argument.startsWith('--inspect') &&
      !argument.startsWith('--watch')
    ) {
      kept.push(argument);
    }
  }
  return kept;
}

export function allowedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): NodeJS.ProcessEnv {
  const allowed = ENVIRONMENT.flatMap(name =>
    env[name] === undefined ? [] : [[name, env[name]]],
  );
  // A library switches to production by this one; it is no secret.
  return {
    ...Object.fromEntries(allowed),
    NODE_ENV: env.NODE_ENV ?? 'production',
  };
}

async function handOver(
  child: ChildProcess,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const pipe = child.stdio[3] as Writable;
  // A worker that ended before it read them is told by untilBegun or by its events.
  const done = finished(pipe).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') {
      throw error;
    }
  });
  pipe.end(JSON.stringify(secrets));
  await done;
}

async function untilBegun(child: ChildProcess, folder: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await readWorkerIdentity(folder))) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || performance.now() > deadline) {
      child.kill('SIGKILL');
      const log = await readFile(stateFiles.log(folder), 'utf8');
      throw new ServiceUnavailableError(
        `The worker did not start: ${log.trim().slice(-SHOWN_LOG_CHARACTERS) || 'it said nothing'}. Its log is '${stateFiles.log(folder)}'.`,
      );
    }
    await sleep(POLL_MS);
  }
}
