import { Knex } from 'knex';
import {
  AuditAnchor,
  AuditObjects,
  EVENTS_PER_ANCHOR,
  shortHash,
} from './anchors';
import { hashOf } from './chain';
import { AuditRow, readAfter, readHead, toEvent } from './rows';

/** A busy hour is anchored before it has passed. */
const WORTH_AN_ANCHOR = 500;

/** How far anchors reach. */
export interface Anchored {
  readonly seq: number;
  readonly at: string;
}

/**
 * Anchors what was written since the last anchor, when that is enough or old
 * enough. Stops before an event that does not follow from the one before:
 * nothing wrong is ever anchored, and verification says what is wrong.
 */
export async function anchorChain(options: {
  readonly knex: Knex;
  readonly objects: AuditObjects;
  readonly now: Date;
  /** An event waits no longer than this for its anchor. */
  readonly anchorAfterSeconds: number;
  readonly until: () => boolean;
}): Promise<Anchored | undefined> {
  const { knex, objects, until } = options;
  const oldest = new Date(
    options.now.getTime() - options.anchorAfterSeconds * 1000,
  ).toISOString();
  const seqs = await objects.listAnchors();
  const newest = seqs[seqs.length - 1];
  let last: AuditAnchor | undefined;
  if (newest !== undefined) {
    last = await objects.readAnchor(newest);
    // Whoever wrote it may have ended before it was locked.
    await objects.lockAnchor(newest);
  }
  const head = await readHead(knex);
  while (!until()) {
    const start = { seq: last?.seq ?? 0, hash: last?.hash ?? '' };
    const rows = await readAfter(
      knex,
      start.seq,
      Math.min(EVENTS_PER_ANCHOR, Math.max(head.seq - start.seq, 0)),
    );
    const anchor = anchorOf(start, rows);
    const due =
      anchor &&
      (anchor.eventHashes.length >= WORTH_AN_ANCHOR || rows[0].at <= oldest);
    if (!due) {
      break;
    }
    await objects.writeAnchor(anchor);
    last = anchor;
  }
  return last && { seq: last.seq, at: last.at };
}

function anchorOf(
  start: { readonly seq: number; readonly hash: string },
  rows: readonly AuditRow[],
): AuditAnchor | undefined {
  const eventHashes: string[] = [];
  let position = start;
  let at = '';
  for (const row of rows) {
    if (
      row.seq !== position.seq + 1 ||
      row.hash !== hashOf(toEvent(row), position.hash)
    ) {
      break;
    }
    eventHashes.push(shortHash(row.hash));
    position = { seq: row.seq, hash: row.hash };
    at = row.at;
  }
  return eventHashes.length === 0
    ? undefined
    : {
        version: 1,
        seq: position.seq,
        hash: position.hash,
        previousSeq: start.seq,
        at,
        eventHashes,
      };
}
