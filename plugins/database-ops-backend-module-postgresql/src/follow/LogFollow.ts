import {
  Inventory,
  LogContinuation,
  RepositoryDefinition,
  S3ObjectStore,
} from 'backstage-plugin-database-ops-node';
import { repositoryPath } from '../pgbackrest/configuration';
import { PgBackRestConfig } from '../config';
import { Ask } from '../health/answers';
import { wholeSegmentOf } from '../inventory/archiveListing';
import { formatInstant } from '../wal/instant';
import {
  DEFAULT_SEGMENT_BYTES,
  formatPosition,
  numberOf,
  segmentName,
  timelineOf,
} from '../wal/segments';

/**
 * The last commit and a position behind its record: what is read first is
 * older. Without `track_commit_timestamp` there is no answer. The timeline is
 * that of the segment written to: the last checkpoint's is the one before
 * until the first checkpoint after a promotion.
 */
const SAMPLE = `
SELECT (extract(epoch FROM c.timestamp) * 1000000)::bigint::text AS committed_at,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS position,
       ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int AS timeline
FROM pg_last_committed_xact() AS c
WHERE NOT pg_is_in_recovery() AND c.timestamp IS NOT NULL`;

/** A day of checks every 30 s would be 2,880; a repository that takes longer to answer needs an inventory. */
const SAMPLES = 500;
const STORE_SECONDS = 5;

/** A commit, and a position that lies behind it. */
export interface CommitSample {
  /** Microseconds since 1970. */
  readonly committedAt: number;
  readonly position: number;
}

/**
 * Follows the log behind the last inventory without a worker: the repository
 * itself says which segments it holds, the primary when it committed before
 * which position. A moment counts only when a commit behind it lies wholly in
 * segments that were seen, without a gap.
 */
export class LogFollow {
  readonly #config: PgBackRestConfig;
  #timeline: number | undefined;
  #samples: readonly CommitSample[] = [];

  constructor(config: PgBackRestConfig) {
    this.#config = config;
  }

  /** Asks the primary; what it cannot say leaves the window where it is. */
  async sample(ask: Ask): Promise<void> {
    const answer = await ask<{
      committed_at: string;
      position: number;
      timeline: number;
    }>(SAMPLE);
    const [row] = answer.ok ? answer.value : [];
    if (!row) {
      return;
    }
    if (row.timeline !== this.#timeline) {
      this.#timeline = row.timeline;
      this.#samples = [];
    }
    const committedAt = Number(row.committed_at);
    if (committedAt !== this.#samples.at(-1)?.committedAt) {
      // The first position that was seen behind a commit is the nearest.
      this.#samples = [
        ...this.#samples,
        { committedAt, position: row.position },
      ].slice(-SAMPLES);
    }
  }

  /** @throws OperationFailedError when the repository does not answer */
  async from(
    repository: RepositoryDefinition,
    inventory: Inventory,
    now: Date,
  ): Promise<LogContinuation | undefined> {
    const last = inventory.logs.at(-1);
    if (
      !last ||
      !inventory.logFolder ||
      Number(last.branch) !== this.#timeline
    ) {
      return undefined;
    }
    const store = await S3ObjectStore.create(
      { ...repository, prefix: '' },
      {
        connectTimeoutSeconds: STORE_SECONDS,
        requestTimeoutSeconds: STORE_SECONDS,
        maxAttempts: 1,
      },
    );
    try {
      const root = `${repositoryPath(this.#config, repository).replace(/^\//, '')}/${inventory.logFolder}`;
      const list = async (folder: string) => {
        const names: string[] = [];
        for await (const { key } of store.list(`${root}/${folder}/`)) {
          names.push(key.slice(root.length + folder.length + 2));
        }
        return soundSegments(
          names,
          `${inventory.logFolder}/${folder}`,
          inventory.damagedLogs,
        );
      };
      return continuation(inventory, this.#samples, {
        seen: await contiguousAfter(
          last.to,
          last.segmentBytes ?? DEFAULT_SEGMENT_BYTES,
          list,
        ),
        now,
      });
    } finally {
      store.close();
    }
  }
}

/**
 * The segments that files of one folder hold whole. A file that was found
 * damaged holds none, whatever was put in its place since: that is for the
 * next inventory to read.
 *
 * @param folder - path of the folder, as inventories name it
 * @param damagedLogs - of the inventory: paths, each with a time
 */
export function soundSegments(
  files: readonly string[],
  folder: string,
  damagedLogs: readonly string[] = [],
): readonly string[] {
  return files.flatMap(file => {
    const name = wholeSegmentOf(file);
    const isDamaged = damagedLogs.some(damaged =>
      damaged.startsWith(`${folder}/${file} of `),
    );
    return name && !isDamaged ? [name] : [];
  });
}

/**
 * The last of the segments that follow one in the archive without a gap.
 *
 * @param list - names the segments of a folder
 */
export async function contiguousAfter(
  segment: string,
  segmentBytes: number,
  list: (folder: string) => Promise<readonly string[]>,
): Promise<string> {
  const listed = new Map<string, ReadonlySet<string>>();
  const has = async (name: string) => {
    const folder = name.slice(0, 16);
    const known = listed.get(folder) ?? new Set(await list(folder));
    listed.set(folder, known);
    return known.has(name);
  };
  let last = segment;
  for (;;) {
    const next = segmentName(
      timelineOf(last),
      numberOf(last, segmentBytes) + 1,
      segmentBytes,
    );
    if (!(await has(next))) {
      return last;
    }
    last = next;
  }
}

/** What the segments that were seen add to an inventory; `undefined` when that is nothing. */
export function continuation(
  inventory: Inventory,
  samples: readonly CommitSample[],
  { seen, now }: { readonly seen: string; readonly now: Date },
): LogContinuation | undefined {
  const last = inventory.logs.at(-1)!;
  const segmentBytes = last.segmentBytes ?? DEFAULT_SEGMENT_BYTES;
  const end = (numberOf(seen, segmentBytes) + 1) * segmentBytes;
  const covered = samples.filter(({ position }) => position <= end).at(-1);
  if (!covered || seen === last.to) {
    return undefined;
  }
  return {
    branch: last.branch,
    to: seen,
    toPosition: formatPosition(end),
    observedAt: now.toISOString(),
    // Recovery to a time stops before the first commit behind it: this one.
    restorableTo: formatInstant(covered.committedAt - 1),
  };
}
