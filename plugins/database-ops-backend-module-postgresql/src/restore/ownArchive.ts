import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { annotationsOf } from '../backup/annotations';
import { PostgresqlConfig } from '../config';
import {
  renderConfiguration,
  requirePgBackRest,
} from '../pgbackrest/configuration';
import { parseInfo } from '../pgbackrest/info';
import { runPgBackRest } from '../pgbackrest/PgBackRest';
import { OpenInstance } from './openInstance';
import { withRestoredClient } from './restoredClient';
import { RestorePlace } from './RestorePlace';
import { renderArchiving } from './serverFiles';

const STEP_SECONDS = 300;
const BACKUP_SECONDS = 6 * 3600;
/** What a quiet promoted server can lose. */
const ARCHIVE_TIMEOUT_SECONDS = 30;

/** Its system identifier is the source's, and so would be its WAL: it needs a stanza of its own. */
export function ownStanza(
  target: OperateTarget<PostgresqlConfig>,
  place: RestorePlace,
): string {
  const short = place.operationId.replace(/[^A-Za-z0-9]/g, '').slice(0, 12);
  return `${requirePgBackRest(target).stanza}-${short}`;
}

/** Stanza, archiving, restart, check, full backup; success is what the repository then lists. */
export async function protect(
  target: OperateTarget<PostgresqlConfig>,
  instance: OpenInstance,
  context: RunContext,
): Promise<{ readonly backupId: string; readonly systemIdentifier: string }> {
  const { place, account, server } = instance;
  const own = ownTarget(target, place);
  const configuration = join(place.archiveDirectory, 'pgbackrest.conf');
  await writeArchive(own, instance, configuration);
  const run = async (
    command: string,
    options: {
      readonly args?: readonly string[];
      readonly seconds?: number;
    } = {},
  ) =>
    runPgBackRest(own, context, {
      command,
      args: [
        `--config=${configuration}`,
        ...(options.args ?? ['--log-level-console=warn']),
      ],
      runAs: account.runAs,
      timeoutSeconds: options.seconds ?? STEP_SECONDS,
      onLine: line => context.logger.debug(line.trim()),
    });
  context.progress({ step: 'Making its own archive', percent: 15 });
  await run('stanza-create');
  context.progress({ step: 'Restarting with archiving on', percent: 25 });
  await archiveFromNowOn(own, instance, configuration, context);
  context.progress({
    step: 'Checking that WAL reaches the archive',
    percent: 40,
  });
  await run('check');
  context.progress({ step: 'Taking a full backup', percent: 50 });
  if (!(await fullBackup(own, run))) {
    await run('backup', {
      args: [
        '--log-level-console=info',
        '--type=full',
        ...annotationsOf(context).map(pair => `--annotation=${pair}`),
      ],
      seconds: requirePgBackRest(own).backupTimeoutSeconds ?? BACKUP_SECONDS,
    });
  }
  const found = await fullBackup(own, run);
  if (!found) {
    throw new OperationFailedError({
      cause: `pgBackRest reported success, but the repository lists no full backup of the stanza '${requirePgBackRest(own).stanza}'.`,
      object: requirePgBackRest(own).stanza,
      nextStep: 'Find out what removed it.',
      code: 'backup-not-listed',
    });
  }
  await server.requireAlive();
  return found;
}

function ownTarget(
  target: OperateTarget<PostgresqlConfig>,
  place: RestorePlace,
): OperateTarget<PostgresqlConfig> {
  const { database } = target;
  return {
    ...target,
    database: {
      ...database,
      config: {
        ...database.config,
        pgbackrest: {
          ...requirePgBackRest(target),
          stanza: ownStanza(target, place),
        },
      },
    },
  };
}

/** pgBackRest's configuration for good, secrets included: the server archives with it. */
async function writeArchive(
  own: OperateTarget<PostgresqlConfig>,
  { place, opened }: OpenInstance,
  configuration: string,
): Promise<void> {
  const folder = place.archiveDirectory;
  const folders = {
    lock: join(folder, 'lock'),
    log: join(folder, 'log'),
    spool: join(folder, 'spool'),
  };
  for (const each of [folder, ...Object.values(folders)]) {
    await place.makeFolder(each);
  }
  await place.write(
    configuration,
    [
      renderConfiguration(
        own,
        { kind: 'restore', dataDirectory: place.dataDirectory },
        folders,
      ).trimEnd(),
      `pg1-port=${opened.port}`,
      `pg1-socket-path=${place.socketDirectory}`,
      `pg1-user=${opened.superuser}`,
      '',
    ].join('\n'),
  );
}

/** A restart costs sessions: only when archiving is not on yet. */
async function archiveFromNowOn(
  own: OperateTarget<PostgresqlConfig>,
  { place, server, opened }: OpenInstance,
  configuration: string,
  context: RunContext,
): Promise<void> {
  const session = {
    socketDirectory: place.socketDirectory,
    port: opened.port,
    user: opened.superuser,
    database: own.database.config.database,
    timeoutSeconds: STEP_SECONDS,
  };
  const isOn = await withRestoredClient(session, async client => {
    const { rows } = await client.query<{ archive_mode: string }>(
      'SHOW archive_mode',
    );
    return rows[0].archive_mode === 'on';
  });
  if (!isOn) {
    const file = join(place.configurationDirectory, 'postgresql.conf');
    await place.write(
      file,
      `${await readFile(file, 'utf8')}${renderArchiving({
        config: requirePgBackRest(own),
        configurationFile: configuration,
        timeoutSeconds: ARCHIVE_TIMEOUT_SECONDS,
      })}`,
    );
    // Recovery is over: its target must not hold a restart up.
    await place.write(join(place.dataDirectory, 'postgresql.auto.conf'), '');
    await server.stopInOrder(context.signal);
    await server.start(context.signal);
    await server.requireAnswer(context.signal);
  }
  // From version 15 on archive_timeout is looked at late after a start, unless reloaded.
  await server.reload(context.signal);
}

async function fullBackup(
  own: OperateTarget<PostgresqlConfig>,
  run: (
    command: string,
    options: { readonly args: readonly string[] },
  ) => Promise<{ readonly stdout: string }>,
): Promise<
  { readonly backupId: string; readonly systemIdentifier: string } | undefined
> {
  const { stdout } = await run('info', {
    args: ['--output=json', '--log-level-console=off'],
  });
  const stanza = parseInfo(stdout, requirePgBackRest(own).stanza);
  const full = stanza?.backup.findLast(
    ({ type, error }) => type === 'full' && error !== true,
  );
  return full && stanza
    ? {
        backupId: full.label,
        systemIdentifier: String(stanza.db.at(-1)?.['system-id']),
      }
    : undefined;
}
