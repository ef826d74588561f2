import { Knex } from 'knex';
import { ChainFault, ChainPosition } from './verifyChain';

/** What verification last found; the table has one row. */
export interface ChainCheck {
  /** Where the next turn of verification goes on. */
  readonly position: ChainPosition;
  readonly checkedAt?: string;
  /** When the whole chain was last found right, end to end. */
  readonly completedAt?: string;
  readonly anchoredSeq?: number;
  readonly anchoredAt?: string;
  readonly fault?: ChainFault;
  /** Why anchors could not be read or written. */
  readonly anchorProblem?: string;
}

interface ChainCheckRow {
  readonly id: number;
  readonly position_seq: number;
  readonly position_hash: string;
  readonly checked_at: string | null;
  readonly completed_at: string | null;
  readonly anchored_seq: number | null;
  readonly anchored_at: string | null;
  readonly first_bad_seq: number | null;
  readonly reason: string | null;
  readonly anchor_problem: string | null;
}

const NOTHING_CHECKED: ChainCheck = { position: { seq: 0, hash: '' } };

/** Keeps {@link ChainCheck} for every replica, metrics and the next turn. */
export class ChainCheckStore {
  readonly #knex: Knex;

  constructor(options: { readonly knex: Knex }) {
    this.#knex = options.knex;
  }

  async read(): Promise<ChainCheck> {
    return this.#read(this.#knex);
  }

  /**
   * Changes what is known by what it is at that moment: a verification takes
   * long, and another may have ended meanwhile.
   */
  async update(change: (known: ChainCheck) => ChainCheck): Promise<{
    readonly known: ChainCheck;
    readonly check: ChainCheck;
  }> {
    return this.#knex.transaction(async trx => {
      // Takes the row's lock on every database, unlike SELECT … FOR UPDATE.
      await trx('audit_checks').where({ id: 1 }).increment('position_seq', 0);
      const known = await this.#read(trx);
      const check = change(known);
      await this.#write(trx, check);
      return { known, check };
    });
  }

  async #read(knex: Knex): Promise<ChainCheck> {
    const row = await knex<ChainCheckRow>('audit_checks')
      .where({ id: 1 })
      .first();
    return row
      ? {
          position: { seq: row.position_seq, hash: row.position_hash },
          checkedAt: row.checked_at ?? undefined,
          completedAt: row.completed_at ?? undefined,
          anchoredSeq: row.anchored_seq ?? undefined,
          anchoredAt: row.anchored_at ?? undefined,
          anchorProblem: row.anchor_problem ?? undefined,
          fault:
            row.first_bad_seq === null
              ? undefined
              : { firstBadSeq: row.first_bad_seq, reason: row.reason ?? '' },
        }
      : NOTHING_CHECKED;
  }

  async #write(knex: Knex, check: ChainCheck): Promise<void> {
    const row: ChainCheckRow = {
      id: 1,
      position_seq: check.position.seq,
      position_hash: check.position.hash,
      checked_at: check.checkedAt ?? null,
      completed_at: check.completedAt ?? null,
      anchored_seq: check.anchoredSeq ?? null,
      anchored_at: check.anchoredAt ?? null,
      first_bad_seq: check.fault?.firstBadSeq ?? null,
      reason: check.fault?.reason ?? null,
      anchor_problem: check.anchorProblem ?? null,
    };
    await knex<ChainCheckRow>('audit_checks')
      .insert(row)
      .onConflict('id')
      .merge();
  }
}
