import { Knex } from 'knex';
import { AuditObjects } from './anchors';
import { readAfter, readHead, toEvent } from './rows';

/** What left the table for the repository. */
export interface ArchivedPart {
  readonly from: number;
  readonly to: number;
}

/**
 * Moves the oldest anchored part of the chain that is older than `before` from
 * the table to the repository. The chain then begins after it. Gives
 * `undefined` when no whole anchor's events are that old.
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
}): Promise<ArchivedPart | undefined> {
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
  const last = rows[rows.length - 1];
  if (last?.seq !== anchor.seq || last.hash !== anchor.hash) {
    // Verification reports it; what is wrong must not leave the table.
    return undefined;
  }
  const part = { from: head.base_seq + 1, to: anchor.seq };
  await objects.writeArchive(
    part,
    rows.map(row => `${JSON.stringify(toEvent(row))}\n`).join(''),
  );
  return options.record(async trx => {
    const moved = await trx('audit_head')
      .where({ id: 1, base_seq: head.base_seq })
      .update({ base_seq: anchor.seq, base_hash: anchor.hash });
    if (moved === 1) {
      await trx('audit_events').where('seq', '<=', anchor.seq).delete();
    }
    return part;
  });
}
