// Anchors lie outside the database: whoever can rewrite the table, head and
// hashes included, cannot rewrite them, least of all under Object Lock.
import { assertError, ConflictError } from '@backstage/errors';
import { LockTerm, ObjectStore } from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

/** So many events at most stand in one anchor; at 16 characters each it stays below 100 kB. */
export const EVENTS_PER_ANCHOR = 5000;

/** Enough of a hash to tell which event differs; the whole one stands for the last. */
const SHORT_HASH_LENGTH = 16;

const anchorSchema = z.strictObject({
  version: z.literal(1),
  /** The newest event it covers, and how many the chain had then. */
  seq: z.number().int().positive(),
  hash: z.string().length(64),
  /** The event before the first one it covers. */
  previousSeq: z.number().int().min(0),
  /** When that newest event was written. */
  at: z.string(),
  /** The beginning of each covered event's hash, in order. */
  eventHashes: z.array(z.string().length(SHORT_HASH_LENGTH)),
});

/** A statement about a part of the chain, kept as an object of a repository. */
export type AuditAnchor = z.infer<typeof anchorSchema>;

export function shortHash(hash: string): string {
  return hash.slice(0, SHORT_HASH_LENGTH);
}

/** Where an anchor of the chain was found to say something else. */
export class AnchorConflictError extends ConflictError {}

function padded(seq: number): string {
  return String(seq).padStart(12, '0');
}

/** Reads and writes the anchors and the archive of one chain. */
export class AuditObjects {
  readonly #store: ObjectStore;
  readonly #folder: string;
  readonly #lockTerm: (() => LockTerm) | undefined;

  constructor(
    store: ObjectStore,
    options: {
      /** Tells portals apart that share a repository. */
      readonly chain?: string;
      /** How long what is written is locked; absent where the bucket has no Object Lock. */
      readonly lockTerm?: () => LockTerm;
    } = {},
  ) {
    const { chain } = options;
    this.#store = store;
    this.#folder = chain ? `audit/${chain}/` : 'audit/';
    this.#lockTerm = options.lockTerm;
  }

  /** Numbers of the anchors, the oldest first. */
  async listAnchors(): Promise<readonly number[]> {
    const seqs: number[] = [];
    for await (const { key } of this.#store.list(`${this.#folder}anchors/`)) {
      const seq = /(\d+)\.json$/.exec(key)?.[1];
      if (seq) {
        seqs.push(Number(seq));
      }
    }
    return seqs;
  }

  /** @throws AnchorConflictError when the object is no anchor. */
  async readAnchor(seq: number): Promise<AuditAnchor> {
    const key = this.#anchorKey(seq);
    const found = await this.#store.get(key);
    try {
      return anchorSchema.parse(JSON.parse(found?.body.toString() ?? ''));
    } catch (error) {
      assertError(error);
      throw new AnchorConflictError(
        `Object '${key}' of the repository is no anchor of the audit history; restore the version that was written first.`,
        error,
      );
    }
  }

  /** @throws AnchorConflictError when another one stands there. */
  async writeAnchor(anchor: AuditAnchor): Promise<void> {
    const key = this.#anchorKey(anchor.seq);
    try {
      await this.#store.put(key, `${JSON.stringify(anchor)}\n`, {
        condition: 'absent',
        contentType: 'application/json',
      });
    } catch (error) {
      if (!(error instanceof ConflictError)) {
        throw error;
      }
      const existing = await this.readAnchor(anchor.seq);
      if (existing.hash !== anchor.hash) {
        throw new AnchorConflictError(
          `Anchor '${key}' of the repository belongs to another history; give this portal a name of its own under databaseOps.audit.chain if two portals share the repository.`,
        );
      }
    }
    await this.lockAnchor(anchor.seq);
  }

  /** Locks an anchor where that can be done; one that is locked stays as it is. */
  async lockAnchor(seq: number): Promise<void> {
    await this.#lock(this.#anchorKey(seq));
  }

  /** The newest event that was archived; 0 when none was. */
  async archivedSeq(): Promise<number> {
    let newest = 0;
    for await (const { key } of this.#store.list(`${this.#folder}archive/`)) {
      newest = Math.max(newest, Number(/-(\d+)\.jsonl$/.exec(key)?.[1] ?? 0));
    }
    return newest;
  }

  /** Keeps events as JSON lines. The same part may be written again. */
  async writeArchive(
    range: { readonly from: number; readonly to: number },
    lines: string,
  ): Promise<void> {
    const key = `${this.#folder}archive/${padded(range.from)}-${padded(range.to)}.jsonl`;
    try {
      await this.#store.put(key, lines, {
        condition: 'absent',
        contentType: 'application/jsonl',
      });
    } catch (error) {
      const existing =
        error instanceof ConflictError && (await this.#store.get(key));
      if (!existing || existing.body.toString() !== lines) {
        throw error;
      }
    }
    await this.#lock(key);
  }

  async #lock(key: string): Promise<void> {
    if (this.#lockTerm) {
      await this.#store.lock?.(key, this.#lockTerm());
    }
  }

  #anchorKey(seq: number): string {
    return `${this.#folder}anchors/${padded(seq)}.json`;
  }
}
