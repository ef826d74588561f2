import { LogLock, ObjectStore } from 'backstage-plugin-database-ops-node';
import { wholeSegmentOf } from '../inventory/archiveListing';
import { numberOf, timelineOf } from '../wal/segments';

/** Ranges whose locks end within that time of each other are written down as one. */
const MERGED_WITHIN_MS = 24 * 60 * 60 * 1000;
const HISTORY = /^[0-9A-F]{8}\.history$/;
const SEGMENT = /^[0-9A-F]{24}$/;

/** A file of the archive that is written once: a whole segment or a timeline's history. */
export interface LogFile {
  readonly key: string;
  /** For example `archive/main/15-1`. */
  readonly folder: string;
  /** Of the segment without its checksum, or of the history. */
  readonly name: string;
  /** ISO 8601 UTC. */
  readonly lockedUntil?: string;
}

/**
 * The files of a stanza's archive with what is known of their locks. What
 * pgBackRest rewrites (`archive.info`) is not among them.
 *
 * @param prefix - where pgBackRest's part lies, ending in a slash
 */
export async function listLogFiles(
  store: ObjectStore,
  { prefix, stanza }: { readonly prefix: string; readonly stanza: string },
  locks: readonly LogLock[],
): Promise<readonly LogFile[]> {
  const root = `archive/${stanza}/`;
  const files: LogFile[] = [];
  for await (const { key } of store.list(`${prefix}${root}`)) {
    const [archiveId, ...rest] = key
      .slice(prefix.length + root.length)
      .split('/');
    const file = rest.at(-1) ?? '';
    const name = HISTORY.test(file) ? file : wholeSegmentOf(file);
    if (name !== undefined) {
      const folder = `${root}${archiveId}`;
      const lock = locks.find(
        range =>
          range.folder === folder && range.from <= name && name <= range.to,
      );
      files.push({ key, folder, name, lockedUntil: lock?.until });
    }
  }
  return files;
}

/** What is locked, as few ranges as say it: of each the earliest end, and never over a file that is not there. */
export function rangesOf(
  files: readonly LogFile[],
  segmentBytes: number,
): readonly LogLock[] {
  const ranges: LogLock[] = [];
  for (const { folder, name, until } of byName(files)) {
    const last = ranges.at(-1);
    if (
      last?.folder === folder &&
      follows(last.to, name, segmentBytes) &&
      Math.abs(Date.parse(last.until) - Date.parse(until)) <= MERGED_WITHIN_MS
    ) {
      ranges[ranges.length - 1] = {
        ...last,
        to: name,
        until: earlier(last.until, until),
      };
    } else {
      ranges.push({ folder, from: name, to: name, until });
    }
  }
  return ranges;
}

/** Locked ones in order. A segment may be there twice, with other checksums: it is locked when both are. */
function byName(files: readonly LogFile[]) {
  const found = new Map<
    string,
    { readonly folder: string; readonly name: string; readonly until?: string }
  >();
  for (const { folder, name, lockedUntil } of files) {
    const path = `${folder}/${name}`;
    const twin = found.get(path);
    found.set(path, {
      folder,
      name,
      until:
        twin && lockedUntil !== undefined
          ? twin.until && earlier(twin.until, lockedUntil)
          : lockedUntil,
    });
  }
  return [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { until, ...file }]) =>
      until === undefined ? [] : [{ ...file, until }],
    );
}

function follows(before: string, after: string, segmentBytes: number): boolean {
  return (
    SEGMENT.test(before) &&
    SEGMENT.test(after) &&
    timelineOf(before) === timelineOf(after) &&
    numberOf(before, segmentBytes) + 1 === numberOf(after, segmentBytes)
  );
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}
