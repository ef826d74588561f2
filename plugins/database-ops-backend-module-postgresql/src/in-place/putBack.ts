import { rename, rm, stat } from 'node:fs/promises';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { RestoredServer } from '../restore/RestoredServer';
import { RestorePlace } from '../restore/RestorePlace';
import { InPlaceJournal } from './InPlaceJournal';
import { SourceServer } from './SourceServer';

/**
 * Brings the source back as it was before a restore in place, from wherever
 * that is. Every step looks at what is there, so it may be killed and done
 * again: the source's folder is at its own place or kept aside, never gone.
 *
 * @throws OperationFailedError saying where the source's data is
 */
export async function putBack(options: {
  readonly journal: InPlaceJournal;
  readonly place: RestorePlace | undefined;
  readonly copy: RestoredServer | undefined;
  readonly server: SourceServer;
  readonly context: Pick<RunContext, 'logger'>;
}): Promise<void> {
  const { journal, place, copy, server, context } = options;
  const { source, keptDirectory, abandonedDirectory } = journal;
  await journal.move('putting-back');
  // The copy beside the source, when it still runs with a configuration of its own.
  await copy?.stop();
  if (await isThere(keptDirectory)) {
    if (await isThere(source.dataDirectory)) {
      await stopWhatRuns(server, context);
      await rm(abandonedDirectory, { recursive: true, force: true });
      await rename(source.dataDirectory, abandonedDirectory);
    }
    await rename(keptDirectory, source.dataDirectory);
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
    await server.start(source.configurationFile);
    context.logger.info(
      `The source runs again in ${source.dataDirectory}, on timeline ${timeline}`,
    );
  } else {
    context.logger.info(
      `The source is back in ${source.dataDirectory}; it did not run before and was not started`,
    );
  }
  await place?.remove();
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
