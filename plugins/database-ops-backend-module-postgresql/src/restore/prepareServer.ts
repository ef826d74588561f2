import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { requirePgBackRest } from '../pgbackrest/configuration';
import { Account } from './account';
import { RestorePlace } from './RestorePlace';
import {
  HBA_WHILE_RECOVERING,
  loadsTimescale,
  parseControlData,
  renderSettings,
  renderServerConfiguration,
  restoreCommand,
} from './serverFiles';

const TOOL_TIMEOUT_SECONDS = 60;

/** Replaces the source's configuration in restored files by that of a copy that must not act. */
export async function prepareServer(options: {
  readonly context: RunContext;
  readonly place: RestorePlace;
  readonly account: Account;
  readonly port: number;
  readonly databaseId: string;
  readonly binDirectory: string;
  /** Whether what it writes is to be archived once it is told how. */
  readonly keepsLog?: boolean;
}): Promise<void> {
  const { context, place, account, port, databaseId, binDirectory } = options;
  const { stdout } = await context.processes.run({
    command: join(binDirectory, 'pg_controldata'),
    args: ['-D', place.dataDirectory],
    env: { LC_ALL: 'C' },
    cwd: '/',
    runAs: account.runAs,
    timeoutSeconds: TOOL_TIMEOUT_SECONDS,
    signal: context.signal,
  });
  const automatic = join(place.dataDirectory, 'postgresql.auto.conf');
  const settings = (await readIfThere(automatic)) ?? '';
  const source =
    (await readIfThere(join(place.dataDirectory, 'postgresql.conf'))) ?? '';
  const library = join(binDirectory, '..', 'lib', 'timescaledb.so');
  const libraryHere = await isThere(library);
  const needed = loadsTimescale(source) || loadsTimescale(settings);
  if (needed && !libraryHere) {
    throw new OperationFailedError({
      cause: `The backup is of a server with TimescaleDB, and ${library} is not on this machine.`,
      object: library,
      nextStep:
        'Install the same TimescaleDB version for this PostgreSQL on the machine of the worker, then restore again.',
      code: 'timescaledb-missing',
    });
  }
  await place.write(
    join(place.configurationDirectory, 'postgresql.conf'),
    renderServerConfiguration({
      place,
      port,
      databaseId,
      control: parseControlData(stdout),
      // Debian keeps configuration outside the data directory: then the library decides.
      preloadTimescale: needed || (!source && libraryHere),
      keepsLog: options.keepsLog === true,
    }),
  );
}

/** Aims recovery, and lets nobody in but this machine's worker until the content is verified. */
export async function aimRecovery(
  target: OperateTarget<PostgresqlConfig>,
  place: RestorePlace,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  await place.write(
    join(place.configurationDirectory, 'pg_hba.conf'),
    HBA_WHILE_RECOVERING,
  );
  await place.write(join(place.configurationDirectory, 'pg_ident.conf'), '');
  await place.write(
    join(place.dataDirectory, 'postgresql.auto.conf'),
    renderSettings({
      ...settings,
      restore_command: restoreCommand(
        requirePgBackRest(target),
        place.toolConfiguration,
      ),
    }),
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}
