import { z } from 'zod';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { ArchivedSegment } from '../wal/archivedRanges';

const LISTING_TIMEOUT_SECONDS = 300;

/** `pgbackrest repo-ls --recurse --output=json`: paths below the one listed. */
const listingSchema = z.record(
  z.string(),
  z.looseObject({ type: z.string(), time: z.number().optional() }),
);

/** `<segment>-<SHA-1>`, with the ending of its compression. */
const SEGMENT = /^([0-9A-F]{24})-([0-9a-f]{40})(?:\.[a-z0-9]+)?$/;
const HISTORY = /^([0-9A-F]{8})\.history$/;

/**
 * The segment that a file of the archive holds whole; `undefined` for a
 * `.partial` one, which a promotion leaves, and for notes of backups.
 *
 * @param path - of the file, or its name
 */
export function wholeSegmentOf(path: string): string | undefined {
  return SEGMENT.exec(path.slice(path.lastIndexOf('/') + 1))?.[1];
}

/** The SHA-1 of a whole segment's plain content, as its file's name tells it. */
export function contentHashOf(path: string): string | undefined {
  return SEGMENT.exec(path.slice(path.lastIndexOf('/') + 1))?.[2];
}

/** A file of the archive, by the path that pgBackRest knows it by. */
export interface ArchivedFile {
  readonly path: string;
  readonly at: Date;
}

/** A segment and where its file is. */
export type ArchivedSegmentFile = ArchivedSegment & ArchivedFile;

/** What lies in the archive of one version and system of a stanza. */
export interface ArchiveListing {
  readonly segments: readonly ArchivedSegmentFile[];
  readonly histories: readonly (ArchivedFile & { readonly timeline: number })[];
}

/** @param root - the folder that was listed, for example `archive/main/15-1` */
export function parseArchiveListing(
  json: string,
  root: string,
): ArchiveListing {
  const segments: ArchivedSegmentFile[] = [];
  const histories: (ArchivedFile & { timeline: number })[] = [];
  for (const [path, entry] of Object.entries(
    listingSchema.parse(JSON.parse(json)),
  )) {
    const file = path.slice(path.lastIndexOf('/') + 1);
    const found = {
      path: `${root}/${path}`,
      at: new Date((entry.time ?? 0) * 1000),
    };
    const name = wholeSegmentOf(file);
    const [, timeline] = HISTORY.exec(file) ?? [];
    if (name) {
      segments.push({ ...found, name });
    } else if (timeline) {
      histories.push({ ...found, timeline: parseInt(timeline, 16) });
    }
  }
  return { segments, histories };
}

/** Lists folders of the archive, each once. */
export class ArchiveFolder {
  readonly #pgbackrest: PgBackRest;
  readonly #listings = new Map<string, Promise<ArchiveListing>>();

  constructor(pgbackrest: PgBackRest) {
    this.#pgbackrest = pgbackrest;
  }

  async list(root: string): Promise<ArchiveListing> {
    const known = this.#listings.get(root) ?? this.#list(root);
    this.#listings.set(root, known);
    return known;
  }

  async #list(root: string): Promise<ArchiveListing> {
    const { stdout } = await this.#pgbackrest.output({
      command: 'repo-ls',
      args: ['--recurse', '--output=json'],
      operands: [root],
      timeoutSeconds: LISTING_TIMEOUT_SECONDS,
    });
    return parseArchiveListing(stdout, root);
  }
}
