import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { formatPosition } from '../wal/segments';
import { entriesOf, RestorePlace } from '../restore/RestorePlace';
import { isThere } from './putBack';
import { InPlaceJournal } from './InPlaceJournal';
import { SourceServer } from './SourceServer';

const HISTORY_SECONDS = 60;
const POLL_MILLISECONDS = 200;

/**
 * Stops the source and makes sure that its whole log is in the archive.
 *
 * @returns where its log ended
 */
export async function stopSource(
  journal: InPlaceJournal,
  server: SourceServer,
  context: Pick<RunContext, 'logger' | 'progress' | 'signal'>,
): Promise<string> {
  context.progress({ step: 'Stopping the source' });
  // One that was started a moment ago is stopped, judged and put back like any other.
  const ran = journal.source.wasRunning || (await server.pid()) !== undefined;
  await journal.move('stopping', { wasRunning: ran });
  await server.stop(context.signal);
  const { lastPosition, isClean } = await server.files();
  const waiting = (
    await entriesOf(join(server.dataDirectory, 'pg_wal', 'archive_status'))
  ).filter(name => name.endsWith('.ready'));
  if (ran && (!isClean || waiting.length > 0)) {
    throw new OperationFailedError({
      cause: isClean
        ? `The source stopped before ${waiting.length} files of its log were archived (${waiting[0].replace('.ready', '')} first).`
        : 'The source did not stop in order, so the end of its log is not archived.',
      object: server.dataDirectory,
      nextStep:
        'Make archiving work (its log says why it does not), then restore in place again. The source was started again.',
      code: 'source-not-archived',
    });
  }
  await journal.move('stopping', { lastPosition });
  context.logger.info(`The source is stopped; its log ends at ${lastPosition}`);
  return lastPosition;
}

/**
 * Puts what was restored into the source's place, with the configuration that
 * the source had a moment ago, and starts it.
 */
export async function takeTheSourcesPlace(
  journal: InPlaceJournal,
  place: RestorePlace,
  server: SourceServer,
  context: Pick<RunContext, 'progress'>,
): Promise<void> {
  const { source, keptDirectory } = journal;
  await journal.move('switching');
  context.progress({ step: 'Keeping the source aside' });
  await carryConfiguration(
    source.dataDirectory,
    place.dataDirectory,
    source.files,
  );
  await rename(source.dataDirectory, keptDirectory);
  context.progress({ step: 'Putting the restored one in its place' });
  await rename(place.dataDirectory, source.dataDirectory);
  // Before the first session can write: from here on only a person rolls it back.
  await journal.move('open');
  context.progress({ step: 'Starting it' });
  await server.start(source);
}

/** Files of the configuration with owner and rights, as they are now; what is gone from the source goes. */
async function carryConfiguration(
  from: string,
  to: string,
  files: readonly string[],
): Promise<void> {
  // Its rights too: a group may be allowed to read it.
  await chmod(to, (await stat(from)).mode);
  for (const file of files) {
    const origin = join(from, file);
    const copy = join(to, file);
    if (!(await isThere(origin))) {
      await rm(copy, { force: true });
      continue;
    }
    await mkdir(dirname(copy), { recursive: true, mode: 0o700 });
    const leadsTo = await linkOutOf(from, origin);
    if (leadsTo !== undefined) {
      await rm(copy, { force: true });
      await symlink(leadsTo, copy);
      continue;
    }
    await copyFile(origin, copy);
    if (process.getuid?.() === 0) {
      const { uid, gid } = await stat(origin);
      await chown(copy, uid, gid);
      await chown(dirname(copy), uid, gid);
    }
  }
}

/** Where a configuration file in the data directory leads to that lies elsewhere: it goes on doing so. */
async function linkOutOf(
  directory: string,
  file: string,
): Promise<string | undefined> {
  if (!(await lstat(file)).isSymbolicLink()) {
    return undefined;
  }
  const target = relative(await realpath(directory), await realpath(file));
  return target.startsWith('..') ? readlink(file) : undefined;
}

/**
 * Waits until the archive knows the new timeline: without it the window would
 * have no branch. A cancel ends the waiting only: the restored one lets people
 * in already.
 *
 * @returns whether it does
 */
export async function awaitBranch(
  server: SourceServer,
  timeline: number,
  { signal, progress }: Pick<RunContext, 'signal' | 'progress'>,
): Promise<boolean> {
  progress({ step: 'Archiving the new timeline' });
  const name = `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
  const status = join(server.dataDirectory, 'pg_wal', 'archive_status');
  const until = performance.now() + HISTORY_SECONDS * 1000;
  for (;;) {
    if (await isThere(join(status, `${name}.done`))) {
      return true;
    }
    if (signal.aborted || performance.now() > until) {
      return false;
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** Where a copy's own history begins, asked before it takes the place. */
export const OPENED = `
SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS position,
       pg_snapshot_xmax(pg_current_snapshot())::text AS transaction,
       ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline`;

export interface OpenedRow {
  readonly position: number;
  readonly transaction: string;
  readonly timeline: number;
}

export function openedOf(row: OpenedRow, at: Date) {
  return {
    timeline: row.timeline,
    position: formatPosition(row.position),
    transaction: row.transaction,
    at: at.toISOString(),
  };
}
