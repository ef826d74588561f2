import { open, readFile, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { findProcess } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';
import { IN_PLACE_JOURNAL } from '../restore/RestorePlace';

/**
 * How far a restore in place is. Written before what it names begins, so that
 * whoever comes after a killed worker knows what may have been done.
 */
const STATES = [
  /** The source runs as ever; a copy is made beside it. */
  'building',
  /** The source was told to stop. */
  'stopping',
  /** Folders are moved. */
  'switching',
  /** The restored one is in the source's place and is started; the source is kept aside. */
  'open',
  /** A rollback, or what a failure does: the source comes back. */
  'putting-back',
  /** The source is back; what was rolled back is kept, for its log is in no archive. */
  'put-back',
  /** Backed up on its own timeline: what was kept aside goes. */
  'confirming',
  /** Nothing is kept aside any more; tablespaces of the server may lie here. */
  'confirmed',
] as const;
export type InPlaceState = (typeof STATES)[number];

const schema = z.object({
  version: z.literal(1),
  databaseId: z.string(),
  operationId: z.string(),
  state: z.enum(STATES),
  host: z.string(),
  worker: z.object({ pid: z.number(), startTime: z.string() }),
  source: z.object({
    dataDirectory: z.string(),
    systemIdentifier: z.string(),
    timeline: z.number(),
    wasRunning: z.boolean(),
    port: z.number().optional(),
    /** Outside the data directory, so that a start has to name it. */
    configurationFile: z.string().optional(),
    /** What else it was started with. */
    options: z.array(z.string()).optional(),
    /** Paths of its configuration in the data directory, relative. */
    files: z.array(z.string()),
    /** End of its log when it was stopped. */
    lastPosition: z.string().optional(),
  }),
  /** Where the restored one's own history began. */
  opened: z
    .object({
      timeline: z.number(),
      position: z.string(),
      transaction: z.string(),
      at: z.string(),
    })
    .optional(),
});
type Content = z.infer<typeof schema>;
export type SourceFacts = Content['source'];

/** A later process may get the same id, not the same start. */
async function thisWorker(): Promise<Content['worker']> {
  const { pid } = process;
  return { pid, startTime: (await findProcess(pid))?.startTime ?? '' };
}

/** The account of one restore in place, in its folder; it outlives the worker. */
export class InPlaceJournal {
  readonly directory: string;
  #content: Content;

  static async create(
    directory: string,
    options: Pick<Content, 'databaseId' | 'operationId' | 'source'>,
  ): Promise<InPlaceJournal> {
    const journal = new InPlaceJournal(directory, {
      version: 1,
      ...options,
      state: 'building',
      host: hostname(),
      worker: await thisWorker(),
    });
    await journal.#write();
    return journal;
  }

  /** `undefined` where none was begun. */
  static async open(directory: string): Promise<InPlaceJournal | undefined> {
    let text: string;
    try {
      text = await readFile(join(directory, IN_PLACE_JOURNAL), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
    return new InPlaceJournal(directory, schema.parse(JSON.parse(text)));
  }

  private constructor(directory: string, content: Content) {
    this.directory = directory;
    this.#content = content;
  }

  get databaseId(): string {
    return this.#content.databaseId;
  }

  get operationId(): string {
    return this.#content.operationId;
  }

  get state(): InPlaceState {
    return this.#content.state;
  }

  get source(): SourceFacts {
    return this.#content.source;
  }

  get opened(): Content['opened'] {
    return this.#content.opened;
  }

  /** The source's data directory while it is kept aside. */
  get keptDirectory(): string {
    return join(this.directory, 'kept');
  }

  /** What a rollback took out of the source's place; removed when all of its log is archived. */
  get abandonedDirectory(): string {
    return join(this.directory, 'abandoned');
  }

  /** Whether another worker of this machine is at it. */
  async isWorkedOn(): Promise<boolean> {
    const { host, worker } = this.#content;
    return (
      host === hostname() &&
      worker.pid !== process.pid &&
      (await findProcess(worker.pid))?.startTime === worker.startTime
    );
  }

  /** Whether neither a person nor a worker has anything left to decide. */
  get isSettled(): boolean {
    return this.state === 'confirmed' || this.state === 'put-back';
  }

  async move(
    state: InPlaceState,
    change: {
      readonly opened?: Content['opened'];
      readonly lastPosition?: string;
      readonly wasRunning?: boolean;
    } = {},
  ): Promise<void> {
    const { opened, lastPosition, wasRunning } = change;
    const { source } = this.#content;
    this.#content = {
      ...this.#content,
      state,
      host: hostname(),
      worker: await thisWorker(),
      ...(opened ? { opened } : {}),
      source: {
        ...source,
        ...(lastPosition ? { lastPosition } : {}),
        wasRunning: wasRunning ?? source.wasRunning,
      },
    };
    await this.#write();
  }

  /** Whole or not at all, and on the disk before what it tells of begins. */
  async #write(): Promise<void> {
    const file = join(this.directory, IN_PLACE_JOURNAL);
    const fresh = `${file}.new`;
    const handle = await open(fresh, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(this.#content)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, file);
    const folder = await open(this.directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }
}
