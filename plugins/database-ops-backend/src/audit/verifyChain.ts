import { Knex } from 'knex';
import { AuditAnchor, AuditObjects, shortHash } from './anchors';
import { hashOf } from './chain';
import { AuditHead, AuditRow, readAfter, readHead, toEvent } from './rows';

/** A point of the chain up to which it was found right. */
export interface ChainPosition {
  readonly seq: number;
  readonly hash: string;
}

/** The first event that is not as it was written. */
export interface ChainFault {
  readonly firstBadSeq: number;
  readonly reason: string;
}

/** What one run of verification found. */
export interface ChainFindings {
  /** How far the chain is right. */
  readonly position: ChainPosition;
  readonly checkedEvents: number;
  /** Whether it got to the end of the chain. */
  readonly complete: boolean;
  readonly fault?: ChainFault;
}

/** Rows that verification reads at a time. */
const BATCH = 2000;

/** Gives the anchor that covers an event, reading each object once. */
class AnchorReader {
  readonly #objects: AuditObjects;
  readonly #seqs: readonly number[];
  #current: AuditAnchor | undefined;

  constructor(objects: AuditObjects, seqs: readonly number[]) {
    this.#objects = objects;
    this.#seqs = seqs;
  }

  get newestSeq(): number {
    return this.#seqs[this.#seqs.length - 1] ?? 0;
  }

  async expectedHash(seq: number): Promise<string | undefined> {
    if (seq > this.newestSeq) {
      return undefined;
    }
    if (
      !this.#current ||
      seq > this.#current.seq ||
      seq <= this.#current.previousSeq
    ) {
      const covering = this.#seqs.find(anchored => anchored >= seq);
      this.#current =
        covering === undefined
          ? undefined
          : await this.#objects.readAnchor(covering);
    }
    const { previousSeq = seq, eventHashes = [] } = this.#current ?? {};
    return eventHashes[seq - previousSeq - 1];
  }
}

/** What is wrong with the event that should follow a position. */
export function faultOf(
  row: AuditRow,
  position: ChainPosition,
  anchored: string | undefined,
): ChainFault | undefined {
  const expectedSeq = position.seq + 1;
  if (row.seq !== expectedSeq) {
    return {
      firstBadSeq: expectedSeq,
      reason: `Event ${expectedSeq} is missing.`,
    };
  }
  if (row.hash !== hashOf(toEvent(row), row.previous_hash)) {
    return {
      firstBadSeq: row.seq,
      reason: `Event ${row.seq} was changed after it was written.`,
    };
  }
  if (row.previous_hash !== position.hash) {
    return {
      firstBadSeq: row.seq,
      reason: `Event ${row.seq} does not follow from event ${position.seq}.`,
    };
  }
  return anchored !== undefined && anchored !== shortHash(row.hash)
    ? {
        firstBadSeq: row.seq,
        reason: `Event ${row.seq} is not the one that the repository's anchor states: the history was rewritten.`,
      }
    : undefined;
}

/**
 * Recomputes hashes in small reads, each a short one of its own: ten million
 * events hold no snapshot open. What is appended meanwhile is left for the
 * next run.
 */
export async function verifyChain(options: {
  readonly knex: Knex;
  /** Absent when no repository keeps anchors. */
  readonly objects?: AuditObjects;
  /** Where to begin; the beginning of the chain when absent. */
  readonly from?: ChainPosition;
  /** When to stop for now. */
  readonly until: () => boolean;
}): Promise<ChainFindings> {
  const { knex, objects, until } = options;
  const head = await readHead(knex);
  const base = { seq: head.base_seq, hash: head.base_hash };
  let position =
    options.from && options.from.seq > base.seq ? options.from : base;
  let checkedEvents = 0;
  const found = (complete: boolean, fault?: ChainFault): ChainFindings => ({
    position,
    checkedEvents,
    complete,
    fault,
  });
  const unfounded = objects && (await baseFault(base, objects));
  if (unfounded) {
    return found(false, unfounded);
  }
  if (position.seq > head.seq) {
    return found(false, {
      firstBadSeq: head.seq + 1,
      reason: `Event ${head.seq + 1} is missing: ${position.seq} were verified before, and the head states ${head.seq}.`,
    });
  }
  const anchors =
    objects && new AnchorReader(objects, await objects.listAnchors());
  // An anchor beyond the head says that there were more.
  const end = Math.max(head.seq, anchors?.newestSeq ?? 0);
  while (position.seq < end) {
    if (until()) {
      return found(false);
    }
    const rows = await readAfter(
      knex,
      position.seq,
      Math.min(BATCH, end - position.seq),
    );
    for (const row of rows) {
      const fault = faultOf(
        row,
        position,
        await anchors?.expectedHash(position.seq + 1),
      );
      if (fault) {
        return found(false, fault);
      }
      position = { seq: row.seq, hash: row.hash };
      checkedEvents += 1;
    }
    if (rows.length === 0) {
      return found(false, {
        firstBadSeq: position.seq + 1,
        reason: `Event ${position.seq + 1} is missing: there were ${end}, and the last one found is ${position.seq}.`,
      });
    }
  }
  const fault = await endFault(knex, head, position);
  return found(!fault, fault);
}

/** Only what was archived may be missing at the beginning. */
async function baseFault(
  base: ChainPosition,
  objects: AuditObjects,
): Promise<ChainFault | undefined> {
  if (base.seq === 0) {
    return undefined;
  }
  const archived = await objects.archivedSeq();
  if (archived < base.seq) {
    return {
      firstBadSeq: archived + 1,
      reason: `Event ${archived + 1} was removed, and the repository holds no archive of it.`,
    };
  }
  const anchor = await objects.readAnchor(base.seq);
  return anchor.hash === base.hash
    ? undefined
    : {
        firstBadSeq: base.seq,
        reason: `The history does not begin after event ${base.seq} as the repository's anchor states it.`,
      };
}

/** Rows that the head does not know were put there by hand. */
async function endFault(
  knex: Knex,
  head: AuditHead,
  position: ChainPosition,
): Promise<ChainFault | undefined> {
  if (position.seq === head.seq && position.hash !== head.hash) {
    return {
      firstBadSeq: head.seq,
      reason: `Event ${head.seq} is not the newest one that the head states.`,
    };
  }
  const [{ oldest, newest }] = await knex('audit_events')
    .min({ oldest: 'seq' })
    .max({ newest: 'seq' });
  // Read after the rows: an event appended meanwhile is known to it.
  const now = await readHead(knex);
  if (newest !== null && Number(newest) > now.seq) {
    return {
      firstBadSeq: now.seq + 1,
      reason: `Event ${now.seq + 1} was inserted by hand; the newest one written is ${now.seq}.`,
    };
  }
  return oldest !== null && Number(oldest) <= head.base_seq
    ? {
        firstBadSeq: Number(oldest),
        reason: `Event ${oldest} was inserted by hand before the beginning.`,
      }
    : undefined;
}
