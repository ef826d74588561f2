// How a server was started: its configuration may lie elsewhere, and a command line may set more.
import { lstat, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { shellQuoted } from '../restore/RestoredServer';
import { SourceFacts } from './InPlaceJournal';

const CONFIGURATION_FILE = /^(?:-c|--)?config[_-]file=(\/.+)$/;

/** What PostgreSQL was given when it started last. */
export interface StartOptions {
  /** Its arguments but the folder. */
  readonly options: string[];
  /** Absent where nothing says that it is elsewhere than in the data directory. */
  readonly configurationFile?: string;
}

/** From `postmaster.opts`, which a server writes when it starts and leaves behind when it stops. */
export async function readStartOptions(
  dataDirectory: string,
): Promise<StartOptions> {
  const text = await readFile(
    join(dataDirectory, 'postmaster.opts'),
    'utf8',
  ).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') {
      return '';
    }
    throw error;
  });
  const args = [...text.matchAll(/ "([^"]*)"/g)].map(([, arg]) => arg);
  const options: string[] = [];
  let folder = dataDirectory;
  let named: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index];
    if (arg === '-D') {
      index += 1;
      folder = args[index] ?? folder;
      continue;
    }
    if (arg.startsWith('-D')) {
      folder = arg.slice(2);
      continue;
    }
    options.push(arg);
    const setting = arg === '-c' ? (args[index + 1] ?? '') : arg;
    named = CONFIGURATION_FILE.exec(setting)?.[1] ?? named;
  }
  if (named !== undefined) {
    return { options, configurationFile: named };
  }
  // Where the folder is that of the configuration, the data directory is named in there.
  return resolve(folder) !== resolve(dataDirectory) && (await isFolder(folder))
    ? { options, configurationFile: join(folder, 'postgresql.conf') }
    : { options };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}

/** The same for `pg_ctl start`. */
export function startArguments({
  options = [],
  configurationFile,
}: Pick<SourceFacts, 'configurationFile' | 'options'>): readonly string[] {
  const named = options.some(option => CONFIGURATION_FILE.test(option));
  const all = [
    ...options,
    ...(configurationFile !== undefined && !named
      ? ['-c', `config_file=${configurationFile}`]
      : []),
  ];
  return all.length > 0 ? ['-o', all.map(shellQuoted).join(' ')] : [];
}
