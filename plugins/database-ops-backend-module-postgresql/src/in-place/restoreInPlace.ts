import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import {
  OperateTarget,
  RestoreOutcome,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { readRepository } from '../inventory/readInventory';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { restoreAccount } from '../restore/account';
import { fetchFiles } from '../restore/fetchFiles';
import { freePort } from '../restore/freePort';
import { OpenedServer, openServer } from '../restore/openServer';
import { readRestoreParameters } from '../restore/parameters';
import { prepareServer } from '../restore/prepareServer';
import { findBinDirectory } from '../restore/programs';
import { chooseTarget, RestoreTarget } from '../restore/recoveryTarget';
import {
  momentOf,
  requireRestore,
  UNPROTECTED,
} from '../restore/restoreBackup';
import { withRestoredClient } from '../restore/restoredClient';
import { requireSpace, RestorePlace } from '../restore/RestorePlace';
import {
  checkSource,
  CheckedSource,
  requireInPlace,
  requireMovable,
  requireOwnTimeline,
  requireTablespaces,
  requireUnchanged,
  sourceDirectoryOf,
} from './checks';
import { comeBack, undone } from './comeBack';
import { InPlaceJournal } from './InPlaceJournal';
import { SourceServer } from './SourceServer';
import { findWriter } from './sourceFacts';
import {
  awaitBranch,
  OPENED,
  OpenedRow,
  openedOf,
  stopSource,
  takeTheSourcesPlace,
} from './switchOver';
import { copyIn, settleUnfinished } from './unfinished';

const FETCHED_PERCENT = 70;
const SESSION_SECONDS = 60;

/**
 * Restores onto the source. The copy is made, recovered and verified beside
 * the running source; only then the source is stopped, kept aside by a rename
 * and replaced. To the latest moment, recovery waits for the end of the
 * source's log, so that nothing that was committed is left out.
 *
 * @throws OperationFailedError naming cause, object and next step; the source runs as before, or the error says where it is
 */
export async function restoreInPlace(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
): Promise<RestoreOutcome> {
  let begun = false;
  try {
    return await restoreOnto(target, parameters, context, () => {
      begun = true;
    });
  } catch (error) {
    throw begun ? error : undone(error, context);
  }
}

/** @param begins - told when there is something that a failure has to settle */
async function restoreOnto(
  target: OperateTarget<PostgresqlConfig>,
  parameters: JsonObject,
  context: RunContext,
  begins: () => void,
): Promise<RestoreOutcome> {
  const config = requireInPlace(target);
  const restores = requireRestore(target);
  const wanted = readRestoreParameters(parameters);
  if (parameters.action === 'pause') {
    throw new InputError(
      `A restore onto the source opens it: to look first, restore database '${target.database.id}' to a new place and pause there.`,
    );
  }
  context.progress({ step: 'Checking the source', percent: 0 });
  const account = await restoreAccount(restores, context);
  const dataDirectory = sourceDirectoryOf(target);
  const pgbackrest = await PgBackRest.create(target, context);
  const stanza = await pgbackrest.info();
  const binDirectory = await findBinDirectory(
    restores,
    stanza?.db.at(-1)?.version,
    context,
  );
  const server = new SourceServer({
    dataDirectory,
    config,
    binDirectory,
    account,
    processes: context.processes,
  });
  const tools = { account, binDirectory, server, context };
  await settleUnfinished(target, tools);
  await requireMovable(config, dataDirectory, account, restores.directory);
  const readAgain = async () =>
    (await readRepository(target, context, pgbackrest)).inventory;
  const inventory = await readAgain();
  const chosen = chooseTarget(inventory, wanted.question, 'open');
  const source = await checkSource(target, server, inventory.systemId, context);
  requireOwnTimeline(wanted.question, chosen, source);
  await requireSpace(
    config.directory,
    chosen.backup.sizeBytes ?? 0,
    restores.minimumFreeBytes ?? 0,
  );
  context.logger.info(
    `Restoring onto the source to ${chosen.description}, from backup ${chosen.backup.id} on timeline ${chosen.timeline}`,
  );
  const place = await RestorePlace.create({
    directory: RestorePlace.pathOf(
      config.directory,
      target.database.id,
      context.operationId,
    ),
    databaseId: target.database.id,
    operationId: context.operationId,
    account,
  });
  const journal = await InPlaceJournal.create(place.directory, {
    databaseId: target.database.id,
    operationId: context.operationId,
    source: source.facts,
  });
  begins();
  const copy = copyIn(place, binDirectory, account, context);
  try {
    await fetchFiles({ target, context, place, account, chosen });
    const isLatest = wanted.question.kind === 'latest';
    if (isLatest) {
      await requireTablespaces(dataDirectory, place.dataDirectory);
    }
    const port = await freePort(restores.portRange);
    await prepareServer({
      context,
      place,
      account,
      port,
      databaseId: target.database.id,
      binDirectory,
      keepsLog: true,
    });
    const recover = async (to: RestoreTarget): Promise<OpenedServer> => {
      const opened = await openServer({
        target,
        context,
        place,
        account,
        server: copy,
        chosen: to,
        port,
        inventory,
        fromPercent: FETCHED_PERCENT,
        replacesSource: true,
      });
      const own = await withRestoredClient(
        {
          socketDirectory: place.socketDirectory,
          port,
          user: opened.superuser,
          database: target.database.config.database,
          timeoutSeconds: SESSION_SECONDS,
        },
        async client => (await client.query<OpenedRow>(OPENED)).rows[0],
      );
      await copy.stopInOrder(context.signal);
      await journal.move(journal.state, {
        opened: openedOf(own, context.clock()),
      });
      return opened;
    };
    let reached = chosen;
    let opened = isLatest ? undefined : await recover(chosen);
    // A standby may have been promoted, or the source started, while files were fetched.
    requireUnchanged(
      source,
      await checkSource(target, server, inventory.systemId, context),
    );
    const lastPosition = await stopSource(journal, server, context);
    if (!opened) {
      reached = chooseTarget(
        await readAgain(),
        {
          ...wanted.question,
          backupId: chosen.backup.id,
          timeline: chosen.timeline,
        },
        'open',
      );
      opened = await recover(reached);
    }
    context.signal.throwIfAborted();
    await takeTheSourcesPlace(journal, place, server, context);
    const timeline = journal.opened?.timeline ?? 0;
    const hasBranch = await awaitBranch(server, timeline, context);
    if (!hasBranch) {
      context.logger.warn(
        `Timeline ${timeline} has not reached the archive yet; look at archive_command`,
      );
    }
    await place.removeTools();
    await place.finish();
    return outcomeOf(target, {
      wanted,
      reached,
      opened,
      journal,
      source,
      lastPosition,
      hasBranch,
      expiresAt: new Date(
        context.clock().getTime() + wanted.expiresAfter.toMillis(),
      ),
    });
  } catch (error) {
    await comeBack({
      journal,
      place,
      copy,
      server,
      findWriter: () => findWriter(target.database.config, context.logger),
      context,
      reason: error,
    });
    throw undone(error, context);
  }
}

function outcomeOf(
  { database }: OperateTarget<PostgresqlConfig>,
  done: {
    readonly wanted: ReturnType<typeof readRestoreParameters>;
    readonly reached: RestoreTarget;
    readonly opened: OpenedServer;
    readonly journal: InPlaceJournal;
    readonly source: CheckedSource;
    readonly lastPosition: string;
    readonly hasBranch: boolean;
    readonly expiresAt: Date;
  },
): RestoreOutcome {
  const { reached, opened, journal, source } = done;
  const { running, facts } = source;
  const { config } = database;
  const member = running?.member ?? config.members[0];
  const own = journal.opened;
  return {
    mode: 'in-place',
    backupId: reached.backup.id,
    moment: momentOf(reached, opened.content),
    state: 'running',
    directory: journal.directory,
    sizeBytes: reached.backup.sizeBytes,
    expiresAt: done.expiresAt.toISOString(),
    connection: {
      host: member.host,
      port: member.port,
      database: config.database,
      username: config.username,
      command: `psql "host=${member.host} port=${member.port} dbname=${config.database} user=${config.username}"`,
      note: `It is the source now. The former data directory is kept in ${journal.keptDirectory}: promote confirms the restored one and removes it, discard puts it back.`,
    },
    facts: {
      ...opened.content.facts,
      mode: 'in-place',
      backup: reached.backup.id,
      kind: done.wanted.kind,
      target: reached.description,
      protection: UNPROTECTED,
      archiveMode: 'on',
      keptDirectory: journal.keptDirectory,
      dataDirectory: facts.dataDirectory,
      sourceTimeline: facts.timeline,
      sourceEndedAt: done.lastPosition,
      timeline: own?.timeline ?? 0,
      openedPosition: own?.position ?? '',
      openedTransaction: own?.transaction ?? '',
      branchArchived: done.hasBranch,
      standbysToRebuild: (running?.standbys ?? []).map(
        ({ name, address }) => `${name} (${address})`,
      ),
      slotsToCreate: (running?.slots ?? []).map(
        ({ name, type }) => `${name} (${type})`,
      ),
    },
  };
}
