import { toError } from '@backstage/errors';
import {
  Inventory,
  LogBranch,
  LogRange,
  OperateTarget,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { PgBackRestStanza } from '../pgbackrest/info';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { archivedRanges } from '../wal/archivedRanges';
import { numberOf, segmentBytesOf } from '../wal/segments';
import { branchOfHistory } from '../wal/timelineHistory';
import {
  ArchivedSegmentFile,
  ArchiveFolder,
  ArchiveListing,
} from './archiveListing';
import { CommitReader, LastCommit } from './CommitReader';
import { DamagedFileError, RepositoryFile } from './RepositoryFile';

/** Segments without a commit are read through this far back: vacuum and checkpoints fill some. */
const LONGEST_SEARCH = 16;
/** Fetched at the same time: a backup of a quiet database ends a few without a commit. */
const SEARCHED_TOGETHER = 3;

type Logs = Pick<Inventory, 'logs' | 'damagedLogs' | 'logFolder'> & {
  readonly branches: readonly LogBranch[];
};

/**
 * What is archived of the stanza's current system: ranges without a gap, the
 * last commit of each, and where timelines parted. What the last inventory
 * says about a range is not found out again.
 */
export async function readArchive(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
  options: {
    readonly pgbackrest: PgBackRest;
    readonly stanza: PgBackRestStanza;
    readonly previous?: Inventory;
    readonly archive: ArchiveFolder;
    /** Whether a file was noted as damaged. */
    readonly isNoted: (file: ArchivedSegmentFile) => boolean;
  },
): Promise<Logs> {
  const { pgbackrest, stanza, previous, isNoted } = options;
  const current = stanza.archive.at(-1);
  if (!current?.min) {
    return { logs: [], branches: [] };
  }
  const root = `archive/${pgbackrest.config.stanza}/${current.id}`;
  const listing = await options.archive.list(root);
  const segmentBytes = segmentBytesOf(
    stanza.backup.flatMap(({ lsn, archive: names }) =>
      lsn?.start && names?.start
        ? [{ lsn: lsn.start, segment: names.start }]
        : [],
    ),
  );
  const files = new RepositoryFile(pgbackrest, context);
  const commits = await CommitReader.create(target, stanza, context);
  const before = new Set(previous?.damagedLogs ?? []);
  const isKnown = (segment: ArchivedSegmentFile) =>
    before.has(identityOf(segment)) || isNoted(segment);
  const { logs, damaged } = await readRanges(
    listing.segments.filter(segment => !isKnown(segment)),
    { previous, files, commits, segmentBytes, context },
  );
  const damagedLogs = listing.segments
    .filter(segment => isKnown(segment) || damaged.includes(segment.path))
    .map(identityOf);
  return {
    logs,
    logFolder: root,
    ...(damagedLogs.length > 0 ? { damagedLogs } : {}),
    branches: await readBranches(listing, files, previous, context),
  };
}

/** A file that was put back in its place is another one, to be read again. */
function identityOf({ path, at }: ArchivedSegmentFile): string {
  return `${path} of ${at.toISOString()}`;
}

/** The ranges with their last commits. A segment that turns out to be damaged is as good as missing: nothing is claimed through it. */
async function readRanges(
  segments: readonly ArchivedSegmentFile[],
  options: {
    readonly previous?: Inventory;
    readonly files: RepositoryFile;
    readonly commits?: CommitReader;
    readonly segmentBytes: number;
    readonly context: RunContext;
  },
): Promise<{
  readonly logs: readonly LogRange[];
  readonly damaged: readonly string[];
}> {
  const { previous, files, commits, segmentBytes, context } = options;
  const logs: LogRange[] = [];
  for (const range of archivedRanges(segments, segmentBytes)) {
    const known = previous?.logs.find(
      log =>
        log.branch === range.branch &&
        log.from >= range.from &&
        log.to <= range.to &&
        log.lastCommitAt !== undefined,
    );
    try {
      const found = commits
        ? await lastCommitOf(range, {
            known,
            segments,
            files,
            commits,
            segmentBytes,
          })
        : undefined;
      logs.push({
        ...range,
        ...(found ?? {
          lastCommitAt: known?.lastCommitAt,
          lastCommitPosition: known?.lastCommitPosition,
        }),
      });
    } catch (error) {
      if (!(error instanceof DamagedFileError)) {
        throw error;
      }
      context.logger.warn(
        `${error.message}; nothing is claimed through this segment`,
      );
      const rest = await readRanges(
        segments.filter(({ path }) => path !== error.file),
        options,
      );
      return { ...rest, damaged: [error.file, ...rest.damaged] };
    }
  }
  return { logs, damaged: [] };
}

/** Newest segment first, back to what was read the last time. */
async function lastCommitOf(
  range: LogRange,
  options: {
    readonly known: LogRange | undefined;
    readonly segments: readonly ArchivedSegmentFile[];
    readonly files: RepositoryFile;
    readonly commits: CommitReader;
    readonly segmentBytes: number;
  },
): Promise<LastCommit | undefined> {
  const { known, segments, files, commits, segmentBytes } = options;
  const number = (name: string) => numberOf(name, segmentBytes);
  const unread = segments
    .filter(
      ({ name }) =>
        range.from <= name &&
        name <= range.to &&
        (!known || number(name) > number(known.to)),
    )
    .sort((a, b) => (a.name < b.name ? 1 : -1));
  for (let from = 0; from < LONGEST_SEARCH; from += SEARCHED_TOGETHER) {
    const outcomes = await Promise.allSettled(
      unread
        .slice(from, Math.min(from + SEARCHED_TOGETHER, LONGEST_SEARCH))
        .map(segment =>
          files.use(segment, segment.name, file => commits.lastOf(file)),
        ),
    );
    // In order: an older one that is damaged is of no account behind a commit.
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        throw outcome.reason;
      }
      if (outcome.value) {
        return outcome.value;
      }
    }
  }
  return undefined;
}

async function readBranches(
  { histories }: ArchiveListing,
  files: RepositoryFile,
  previous: Inventory | undefined,
  { logger }: RunContext,
): Promise<readonly LogBranch[]> {
  const branches: LogBranch[] = [];
  for (const history of histories) {
    const branch = String(history.timeline);
    const known = previous?.branches?.find(each => each.branch === branch);
    if (known) {
      branches.push(known);
      continue;
    }
    try {
      const found = branchOfHistory(
        history.timeline,
        await files.text(history),
        history.at,
      );
      branches.push(...(found ? [found] : []));
    } catch (error) {
      // Without it nothing of that timeline is claimed; the rest of the archive stands.
      logger.warn(
        `${history.path} cannot be read, timeline ${branch} is left out: ${toError(error).message}`,
      );
    }
  }
  return branches.sort((a, b) => Number(a.branch) - Number(b.branch));
}
