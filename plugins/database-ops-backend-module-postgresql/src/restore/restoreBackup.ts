import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  OperateTarget,
  OperationFailedError,
  RestoreOutcome,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig, RestoreConfig } from '../config';
import { inventoryOfStanza } from '../inventory/readInventory';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { Account, restoreAccount } from './account';
import { fetchFiles } from './fetchFiles';
import { freePort } from './freePort';
import {
  chooseTarget,
  readRestoreParameters,
  RestoreTarget,
} from './parameters';
import { findBinDirectory } from './programs';
import { prepareServer } from './prepareServer';
import { waitForRecovery } from './recovery';
import { withRestoredClient } from './restoredClient';
import { RestoredServer } from './RestoredServer';
import { requireDirectory, requireSpace, RestorePlace } from './RestorePlace';
import { renderHba, renderIdent } from './serverFiles';
import { removeAbandoned } from './removeAbandoned';
import { RestoredContent, verifyContent } from './verifyContent';

/** A server that dies after it opened does so within a second or so. */
const SECOND_LOOK_MILLISECONDS = 1_500;
const SESSION_SECONDS = 900;

export function requireRestore({
  database,
}: OperateTarget<PostgresqlConfig>): RestoreConfig {
  const { restore } = database.config;
  if (!restore) {
    throw new InputError(
      `Database '${database.id}' has no key postgresql.restore; add restore.directory to restore it to a new place.`,
    );
  }
  return restore;
}

/**
 * Restores a backup to a new folder of this machine and opens it as a server
 * of its own, on loopback. Whatever goes wrong, nothing of it is left.
 *
 * @throws OperationFailedError naming cause, object and next step
 */
export async function restoreBackup(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<RestoreOutcome> {
  const config = requireRestore(target);
  const wanted = readRestoreParameters(parameters);
  const { database } = target;
  context.progress({ step: 'Choosing the backup', percent: 0 });
  await requireDirectory(config.directory);
  const account = await restoreAccount(config, context);
  await removeAbandoned(target, account, context);
  const pgbackrest = await PgBackRest.create(target, context);
  const stanza = await pgbackrest.info();
  const inventory = await inventoryOfStanza(
    target,
    context,
    pgbackrest,
    stanza,
  );
  const chosen = chooseTarget(wanted, inventory);
  const binDirectory = await findBinDirectory(
    config,
    stanza?.db.at(-1)?.version,
    context,
  );
  await requireSpace(
    config.directory,
    chosen.backup.sizeBytes ?? 0,
    config.minimumFreeBytes ?? 0,
  );
  const place = await RestorePlace.create({
    directory: RestorePlace.pathOf(
      config.directory,
      database.id,
      context.operationId,
    ),
    databaseId: database.id,
    operationId: context.operationId,
    account,
  });
  const server = new RestoredServer({
    place,
    binDirectory,
    account,
    processes: context.processes,
  });
  try {
    await fetchFiles({ target, context, place, account, chosen });
    const { port, superuser, content } = await openServer({
      target,
      context,
      place,
      account,
      server,
      chosen,
      binDirectory,
      systemIdentifier: inventory.systemId,
    });
    return {
      backupId: chosen.backup.id,
      moment: {
        time: momentTime(wanted.kind, chosen, content),
        ...(content.replayedTo ? { lsn: content.replayedTo } : {}),
        ...(chosen.backup.to?.timeline === undefined
          ? {}
          : { timeline: chosen.backup.to.timeline }),
      },
      state: 'running',
      directory: place.directory,
      sizeBytes: chosen.backup.sizeBytes,
      expiresAt: new Date(
        context.clock().getTime() + wanted.expiresAfter.toMillis(),
      ).toISOString(),
      connection: connectionOf(database.config, place, port),
      facts: {
        backup: chosen.backup.id,
        kind: wanted.kind,
        superuser,
        ...content.facts,
      },
    };
  } catch (error) {
    await cleanUp(server, place, context, error);
    throw error;
  }
}

async function openServer(options: {
  readonly target: OperateTarget<PostgresqlConfig>;
  readonly context: RunContext;
  readonly place: RestorePlace;
  readonly account: Account;
  readonly server: RestoredServer;
  readonly chosen: RestoreTarget;
  readonly binDirectory: string;
  readonly systemIdentifier?: string;
}): Promise<{
  readonly port: number;
  readonly superuser: string;
  readonly content: RestoredContent;
}> {
  const { target, context, place, account, server, chosen } = options;
  const { config } = target.database;
  const port = await freePort(config.restore?.portRange);
  await prepareServer({
    context,
    place,
    account,
    port,
    timeline: chosen.timeline,
    databaseId: target.database.id,
    binDirectory: options.binDirectory,
  });
  context.progress({ step: 'Recovering', percent: 75 });
  await server.start(context.signal);
  const superuser = await waitForRecovery({
    context,
    server,
    socketDirectory: place.socketDirectory,
    port,
    candidates: [config.username, account.runAs ?? userInfo().username],
    timeoutSeconds: config.restore?.timeoutSeconds,
  });
  context.progress({ step: 'Verifying the content', percent: 90 });
  const session = {
    socketDirectory: place.socketDirectory,
    port,
    user: superuser,
    database: config.database,
    timeoutSeconds: SESSION_SECONDS,
  };
  const content = await withRestoredClient(session, client =>
    verifyContent(client, {
      systemIdentifier: options.systemIdentifier,
      backupId: chosen.backup.id,
      lastSegment: chosen.lastSegment,
    }),
  );
  context.progress({ step: 'Opening', percent: 97 });
  await closeDoors(place, account, superuser);
  await server.reload(context.signal);
  await sleep(SECOND_LOOK_MILLISECONDS, undefined, { signal: context.signal });
  await server.requireAlive();
  await withRestoredClient(session, client => client.query('SELECT 1'));
  await place.finish();
  return { port, superuser, content };
}

/** Recovery is over: its secrets go, and the socket asks who is there. */
async function closeDoors(
  place: RestorePlace,
  account: Account,
  superuser: string,
): Promise<void> {
  const owner = userInfo().username;
  await place.write(
    join(place.configurationDirectory, 'pg_ident.conf'),
    renderIdent([...new Set([account.runAs ?? owner, owner])], superuser),
  );
  await place.write(
    join(place.configurationDirectory, 'pg_hba.conf'),
    renderHba(superuser),
  );
  const settings = join(place.dataDirectory, 'postgresql.auto.conf');
  const left = (await readFile(settings, 'utf8'))
    .split('\n')
    .filter(line => !/^restore_command\s*=/.test(line))
    .join('\n');
  await place.write(settings, left);
  await place.removeTools();
}

function momentTime(
  kind: 'latest' | 'backup',
  { backup }: RestoreTarget,
  { lastCommitAt }: RestoredContent,
): string {
  return kind === 'latest' && lastCommitAt && lastCommitAt > backup.stoppedAt
    ? lastCommitAt
    : backup.stoppedAt;
}

function connectionOf(
  config: PostgresqlConfig,
  place: RestorePlace,
  port: number,
): RestoreOutcome['connection'] {
  return {
    host: '127.0.0.1',
    port,
    socketDirectory: place.socketDirectory,
    database: config.database,
    username: config.username,
    command: `psql "host=127.0.0.1 port=${port} dbname=${config.database} user=${config.username}"`,
    note: 'On the host of the worker only. Every role of the source can sign in with the password it had at that moment; as superuser without a password through the socket, as the account that runs the server. It does not archive, replicate or run jobs.',
  };
}

/** A clean-up that fails must not hide why the restore failed. */
async function cleanUp(
  server: RestoredServer,
  place: RestorePlace,
  { logger, signal }: RunContext,
  reason: unknown,
): Promise<void> {
  logger.info(
    `The restore ${signal.aborted ? 'was stopped' : 'failed'}; removing ${place.directory}`,
  );
  try {
    await server.stop();
    await place.remove();
  } catch (error) {
    throw new OperationFailedError(
      {
        cause: `The restore failed (${toError(reason).message}), and what it made could not be removed: ${toError(error).message}.`,
        object: place.directory,
        nextStep: `End what runs in ${place.directory} and remove that folder.`,
        code: 'restore-not-cleaned',
      },
      error,
    );
  }
}
