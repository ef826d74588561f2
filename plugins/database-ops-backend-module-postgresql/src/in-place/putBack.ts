import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { RestoredServer } from '../restore/RestoredServer';
import { entriesOf, RestorePlace } from '../restore/RestorePlace';
import { InPlaceJournal } from './InPlaceJournal';
import { SourceServer } from './SourceServer';
import { RunningSource } from './sourceFacts';

/**
 * Brings the source back as it was before a restore in place, from wherever
 * that is. Every step looks at what is there, so it may be killed and done
 * again: the source's folder is at its own place or kept aside, never gone.
 * What the restore did not stop is not started: others may have decided about
 * it since.
 *
 * @throws OperationFailedError saying where the source's data is
 */
export async function putBack(options: {
  readonly journal: InPlaceJournal;
  readonly place: RestorePlace | undefined;
  readonly copy: RestoredServer | undefined;
  readonly server: SourceServer;
  /** Who takes writes, if anybody does; asked while the source is down. */
  readonly findWriter: () => Promise<RunningSource | undefined>;
  readonly context: Pick<RunContext, 'logger'>;
}): Promise<void> {
  const { journal, place, copy, server, context } = options;
  const { source, keptDirectory, abandonedDirectory } = journal;
  if (journal.state === 'building') {
    await copy?.stop();
    context.logger.info(
      'The source was not stopped; only the copy beside it goes',
    );
    await place?.remove();
    return;
  }
  await journal.move('putting-back');
  // The copy beside the source, when it still runs with a configuration of its own.
  await copy?.stop();
  if (await isThere(keptDirectory)) {
    if (await isThere(source.dataDirectory)) {
      if (await isThere(abandonedDirectory)) {
        throw new OperationFailedError({
          cause: `${abandonedDirectory} holds what an earlier rollback took out of ${source.dataDirectory}, and there is something in its place again.`,
          object: abandonedDirectory,
          nextStep: `Look at both; move ${abandonedDirectory} to another place, then discard the restored instance again.`,
          code: 'abandoned-there',
        });
      }
      await stopWhatRuns(server, context);
      await rename(source.dataDirectory, abandonedDirectory);
    }
    await rename(keptDirectory, source.dataDirectory);
  } else if (await server.letsIn()) {
    // It was not stopped, or somebody started or rebuilt it since.
    context.logger.info(
      `A server runs in ${source.dataDirectory}, and nothing is kept aside; it is left alone`,
    );
    await removeRest(options);
    return;
  }
  const { systemIdentifier, timeline } = await server.files();
  if (
    systemIdentifier !== source.systemIdentifier ||
    timeline !== source.timeline
  ) {
    throw new OperationFailedError({
      cause: `${source.dataDirectory} holds system ${systemIdentifier} on timeline ${timeline}; the source was ${source.systemIdentifier} on timeline ${source.timeline}.`,
      object: source.dataDirectory,
      nextStep: `Nothing was started. Compare ${source.dataDirectory} with what lies in ${journal.directory} before you start a server.`,
      code: 'source-not-itself',
    });
  }
  if (source.wasRunning) {
    await requireNoOther(options);
    await server.start(source);
    context.logger.info(
      `The source runs again in ${source.dataDirectory}, on timeline ${timeline}`,
    );
  } else {
    context.logger.info(
      `The source is back in ${source.dataDirectory}; it did not run before and was not started`,
    );
  }
  await removeRest(options);
}

/** What is in no archive stays: it was written to the restored server, and is nowhere else. */
async function removeRest({
  journal,
  place,
  server,
  context,
}: Parameters<typeof putBack>[0]): Promise<void> {
  const unarchived = await unarchivedIn(journal, server);
  if (unarchived === undefined) {
    await place?.remove();
    return;
  }
  await place?.removeTools();
  await journal.move('put-back');
  context.logger.warn(
    `What was written to the restored server is not all in the repository (${unarchived}): it is kept in ${journal.abandonedDirectory}. Archive its log or take from it what is needed, then remove ${journal.directory}.`,
  );
}

/** Why what was rolled back must be kept; nothing when no transaction wrote, or all is archived. */
async function unarchivedIn(
  { abandonedDirectory, opened }: InPlaceJournal,
  server: SourceServer,
): Promise<string | undefined> {
  if (!(await isThere(join(abandonedDirectory, 'global', 'pg_control')))) {
    return undefined;
  }
  const { isClean, nextTransaction } = await server.files(abandonedDirectory);
  if (!isClean) {
    return 'it did not stop in order';
  }
  const ready = (
    await entriesOf(join(abandonedDirectory, 'pg_wal', 'archive_status'))
  ).filter(name => name.endsWith('.ready'));
  const hasWrites =
    opened === undefined || nextTransaction > BigInt(opened.transaction);
  return hasWrites && ready.length > 0
    ? `${ready.length} files of its log were not archived, ${ready[0].replace('.ready', '')} first`
    : undefined;
}

/** Two that take writes part for good: a standby may have been promoted while the source was down. */
async function requireNoOther({
  journal,
  server,
  findWriter,
}: Parameters<typeof putBack>[0]): Promise<void> {
  const other = await findWriter();
  // It may be this one: an earlier attempt started it a moment ago.
  if (!other || (await server.letsIn())) {
    return;
  }
  const { dataDirectory } = journal.source;
  throw new OperationFailedError({
    cause: `${other.member.name} takes writes (timeline ${other.timeline}): the source in ${dataDirectory} was not started beside it.`,
    object: dataDirectory,
    nextStep: `Decide which of the two stays. To keep ${other.member.name}, rebuild the server in ${dataDirectory} as its standby; to keep the source, stop ${other.member.name}. Then discard the restored instance.`,
    code: 'another-takes-writes',
  });
}

/** In order, so that the last of its log is archived; by force when that does not work. */
async function stopWhatRuns(
  server: SourceServer,
  { logger }: Pick<RunContext, 'logger'>,
): Promise<void> {
  try {
    await server.stop();
  } catch (error) {
    logger.warn(
      `The restored server did not stop in order, it is ended: ${String(error)}`,
    );
  }
  await server.end();
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return false;
    }
    throw error;
  }
}
