import { Knex } from 'knex';
import { AuditAnchor, AuditObjects } from './anchors';
import { AuditRow, readAfter, readHead, toEvent } from './rows';
import { ChainFault, ChainPosition, faultOf } from './verifyChain';

/** What left the table for the repository. */
export interface ArchivedPart {
  readonly from: number;
  readonly to: number;
}

/** Either what was archived, or why it must stay. */
export interface ArchiveOutcome {
  readonly part?: ArchivedPart;
  readonly fault?: ChainFault;
}

/**
 * Moves the oldest anchored part of the chain that is older than `before` from
 * the table to the repository. The chain then begins after it. A part with an
 * event that is not as it was written stays where it is. Gives `undefined`
 * when no whole anchor's events are that old.
 *
 * @param removed - appends the archive's own event in the transaction that deletes
 */
export async function archiveOldest(options: {
  readonly knex: Knex;
  readonly objects: AuditObjects;
  readonly before: Date;
  readonly record: (
    change: (trx: Knex.Transaction) => Promise<ArchivedPart>,
  ) => Promise<ArchivedPart>;
}): Promise<ArchiveOutcome | undefined> {
  const { knex, objects, before } = options;
  const head = await readHead(knex);
  const next = (await objects.listAnchors()).find(seq => seq > head.base_seq);
  if (next === undefined) {
    return undefined;
  }
  const anchor = await objects.readAnchor(next);
  if (Date.parse(anchor.at) >= before.getTime()) {
    return undefined;
  }
  const rows = await readAfter(knex, head.base_seq, anchor.seq - head.base_seq);
  const base = { seq: head.base_seq, hash: head.base_hash };
  const fault = partFault(base, rows, anchor);
  if (fault) {
    const { base_seq: baseSeq } = await readHead(knex);
    // Another replica archived these rows while they were read.
    return baseSeq === base.seq ? { fault } : undefined;
  }
  const part = { from: head.base_seq + 1, to: anchor.seq };
  await objects.writeArchive(
    part,
    rows.map(row => `${JSON.stringify(toEvent(row))}\n`).join(''),
  );
  const archived = await options.record(async trx => {
    const moved = await trx('audit_head')
      .where({ id: 1, base_seq: head.base_seq })
      .update({ base_seq: anchor.seq, base_hash: anchor.hash });
    if (moved === 1) {
      await trx('audit_events').where('seq', '<=', anchor.seq).delete();
    }
    return part;
  });
  return { part: archived };
}

/** Verification may have passed here long ago: what leaves is verified as it leaves. */
function partFault(
  base: ChainPosition,
  rows: readonly AuditRow[],
  anchor: AuditAnchor,
): ChainFault | undefined {
  let position = base;
  for (const row of rows) {
    const anchored = anchor.eventHashes[position.seq - anchor.previousSeq];
    const fault = faultOf(row, position, anchored);
    if (fault) {
      return fault;
    }
    position = { seq: row.seq, hash: row.hash };
  }
  if (position.seq !== anchor.seq) {
    return {
      firstBadSeq: position.seq + 1,
      reason: `Event ${position.seq + 1} is missing.`,
    };
  }
  return position.hash === anchor.hash
    ? undefined
    : {
        firstBadSeq: anchor.seq,
        reason: `Event ${anchor.seq} is not the one that the repository's anchor states: the history was rewritten.`,
      };
}
