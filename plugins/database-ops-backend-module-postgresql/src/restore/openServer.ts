import { stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inventory,
  OperateTarget,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { endRestoringMode, queryThrough } from '../timescale/restoredContent';
import { Account } from './account';
import { explainRecovery } from './logFailure';
import { aimRecovery } from './prepareServer';
import { waitForRecovery } from './recovery';
import { RestoreTarget } from './recoveryTarget';
import { withRestoredClient } from './restoredClient';
import { RestoredServer } from './RestoredServer';
import { RestorePlace } from './RestorePlace';
import { renderHba, renderIdent, renderSettings } from './serverFiles';
import {
  closeTablespaces,
  openTablespaces,
  unlinkDropped,
} from './tablespaces';
import { RestoredContent, verifyContent } from './verifyContent';

/** A server that dies once it is open does so soon. */
const SECOND_LOOK_MILLISECONDS = 500;
const SESSION_SECONDS = 900;

export interface OpenedServer {
  readonly state: 'open' | 'paused';
  readonly superuser: string;
  readonly content: RestoredContent;
  readonly replaySeconds: number;
}

interface Opening {
  readonly target: OperateTarget<PostgresqlConfig>;
  readonly context: RunContext;
  readonly place: RestorePlace;
  readonly account: Account;
  readonly server: RestoredServer;
  readonly chosen: RestoreTarget;
  readonly port: number;
  readonly inventory: Inventory;
  /** Percent of the operation that recovery begins at. */
  readonly fromPercent: number;
  /** For one that takes the source's place: nobody is let in here, and what it writes waits for its archive. */
  readonly replacesSource?: boolean;
}

/**
 * Starts a server, lets it recover to its target, and lets people in once its
 * content is verified. Its files, configuration and pgBackRest's are there.
 *
 * @throws OperationFailedError naming what its log, its archive or its disk gives as the reason
 */
export async function openServer(options: Opening): Promise<OpenedServer> {
  const { target, context, place, chosen, inventory } = options;
  const logFrom = await sizeOf(place.logFile);
  try {
    return await open(options);
  } catch (error) {
    const branch = String(chosen.timeline);
    const newest = inventory.logs.filter(log => log.branch === branch).at(-1);
    throw await explainRecovery(error, {
      logFile: place.logFile,
      logFrom,
      context,
      databaseId: target.database.id,
      repositoryId: target.repository.id,
      lastSegment: newest?.to,
      segmentBytes: newest?.segmentBytes,
    });
  }
}

/** Of a log that earlier starts wrote; 0 bytes before the first. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return 0;
    }
    throw error;
  }
}

async function open(options: Opening): Promise<OpenedServer> {
  const { target, context, place, account, server, chosen, port } = options;
  const { config } = target.database;
  await aimRecovery(target, place, chosen.settings);
  await closeTablespaces(place.dataDirectory);
  const progress = replayProgress(options);
  progress(chosen.replayFrom ?? 0);
  const startedAt = performance.now();
  await server.start(context.signal);
  const { superuser, state } = await waitForRecovery({
    context,
    server,
    socketDirectory: place.socketDirectory,
    port,
    candidates: [config.username, account.runAs ?? userInfo().username],
    timeoutSeconds: config.restore?.timeoutSeconds,
    goal: chosen.description,
    onReplayed: progress,
  });
  const openedAt = performance.now();
  const replaySeconds = (openedAt - startedAt) / 1000;
  const session = {
    socketDirectory: place.socketDirectory,
    port,
    user: superuser,
    database: config.database,
    timeoutSeconds: SESSION_SECONDS,
  };
  if (state === 'open') {
    await openTablespaces(place.dataDirectory);
    await withRestoredClient(session, client =>
      unlinkDropped(client, place.dataDirectory),
    );
  }
  context.progress({ step: 'Verifying the content', percent: 90 });
  const content = await withRestoredClient(session, client =>
    verifyContent(client, {
      systemIdentifier: options.inventory.systemId,
      backupId: chosen.backup.id,
      state: chosen.action === 'pause' ? 'paused' : 'open',
      lastSegment: chosen.lastSegment,
      position: chosen.position,
      archiveMode: options.replacesSource ? 'on' : 'off',
    }),
  );
  if (options.replacesSource) {
    return { state, superuser, content, replaySeconds };
  }
  if (state === 'open') {
    await withRestoredClient(session, client =>
      endRestoringMode(queryThrough(client)),
    );
  }
  context.progress({ step: 'Opening', percent: 97 });
  await closeDoors({
    place,
    account,
    doors: { superuser, queryRole: config.queryBox?.username },
    settings: chosen.settings,
  });
  await server.reload(context.signal);
  const waited = performance.now() - openedAt;
  await sleep(Math.max(0, SECOND_LOOK_MILLISECONDS - waited), undefined, {
    signal: context.signal,
  });
  await server.requireAlive();
  // Ends only after the checkpoint that closes recovery: by then all of it could be written.
  await withRestoredClient(session, client => client.query('CHECKPOINT'));
  await place.finish({
    port,
    superuser,
    backupId: chosen.backup.id,
    timeline: chosen.timeline,
  });
  return { state, superuser, content, replaySeconds };
}

/** Between where recovery starts and verification: by the log that was replayed. */
function replayProgress({
  context,
  chosen: { replayFrom, replayTo },
  fromPercent,
}: Pick<Opening, 'context' | 'chosen' | 'fromPercent'>): (
  position: number,
) => void {
  return position => {
    const total =
      replayFrom === undefined || replayTo === undefined
        ? 0
        : replayTo - replayFrom;
    const done = Math.max(0, position - (replayFrom ?? 0));
    context.progress({
      step: 'Recovering',
      percent:
        fromPercent +
        (total > 0 ? Math.min(1, done / total) * (90 - fromPercent) : 0),
      ...(total > 0
        ? { doneBytes: Math.min(done, total), totalBytes: total }
        : {}),
    });
  };
}

/**
 * Without one a stopped copy would not start again, with the real one the
 * repository's secrets would have to stay: what it needs lies in its folder.
 */
const NOTHING_TO_FETCH = 'false';

/** The target is reached: the repository's secrets go, and the socket asks who is there. */
export async function closeDoors(options: {
  readonly place: RestorePlace;
  readonly account: Account;
  readonly doors: Parameters<typeof renderHba>[0];
  readonly settings: RestoreTarget['settings'];
}): Promise<void> {
  const { place, account, doors, settings } = options;
  const owner = userInfo().username;
  await place.write(
    join(place.configurationDirectory, 'pg_ident.conf'),
    renderIdent(doors, {
      superuser: [...new Set([account.runAs ?? owner, owner])],
      // Workers run as the portal's account.
      query: owner,
    }),
  );
  await place.write(
    join(place.configurationDirectory, 'pg_hba.conf'),
    renderHba(doors),
  );
  await place.write(
    join(place.dataDirectory, 'postgresql.auto.conf'),
    renderSettings({ ...settings, restore_command: NOTHING_TO_FETCH }),
  );
  await place.removeTools();
}
