// A step of the set-up: says what it does, how long it took, or that it was
// there; when it fails, the command to try by hand and the end of its output.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { toolsFolder } from '../tools.mjs';

const LOG_TAIL_LINES = 25;

/** What went wrong, with the command that would help. */
export class SetupError extends Error {
  constructor(message, help) {
    super(message);
    this.help = help;
  }
}

/**
 * Runs a step unless `isDone` says that nothing is to do.
 * @param {{ name: string, isDone: () => Promise<boolean>, run: () => Promise<void> }} step
 */
export async function runStep({ name, isDone, run }) {
  const startedAt = Date.now();
  if (await isDone()) {
    console.log(`✓ ${name}: already there`);
    return;
  }
  console.log(`… ${name}`);
  await run();
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  console.log(`✓ ${name}: done in ${seconds} s`);
}

/** Runs a command with its output in `.tools/logs`; its failure carries the end of that and the command. */
export async function runLogged(name, command, args, options = {}) {
  const folder = join(toolsFolder, 'logs');
  await mkdir(folder, { recursive: true });
  const logFile = join(folder, `${name}.log`);
  const log = createWriteStream(logFile);
  const code = await new Promise(resolve => {
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    child.on('error', error => {
      log.write(`${error.message}\n`);
      resolve(127);
    });
    child.on('close', resolve);
  });
  log.end();
  await finished(log);
  if (code !== 0) {
    const tail = (await readFile(logFile, 'utf8'))
      .trimEnd()
      .split('\n')
      .slice(-LOG_TAIL_LINES)
      .join('\n');
    throw new SetupError(
      `${name} failed (exit code ${code}); ${logFile} ends with:\n${tail}`,
      printable(command, args, options),
    );
  }
}

function printable(command, args, { cwd, shownEnvironment = {} }) {
  // Double quotes, so that $PATH stands for the reader's own.
  const quote = text => (/^[\w@%+=:,./-]+$/.test(text) ? text : `"${text}"`);
  return [
    ...(cwd ? [`cd ${quote(cwd)} &&`] : []),
    ...Object.entries(shownEnvironment).map(([k, v]) => `${k}=${quote(v)}`),
    ...[command, ...args].map(quote),
  ].join(' ');
}

export function hashOf(...texts) {
  const hash = createHash('sha256');
  texts.forEach(text => hash.update(text).update('\0'));
  return hash.digest('hex');
}

const stampFile = name => join(toolsFolder, 'stamps', name);

/** Whether a step was done with the same inputs. */
export async function hasStamp(name, inputs) {
  try {
    return (await readFile(stampFile(name), 'utf8')) === inputs;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

export async function writeStamp(name, inputs) {
  await mkdir(join(toolsFolder, 'stamps'), { recursive: true });
  await writeFile(stampFile(name), inputs);
}
