import {
  AuditEvent,
  AuditChain,
  AuditOutcome,
} from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import {
  DEFAULT_PAGE_SIZE,
  Page,
  PageRequest,
  decodeCursor,
  encodeCursor,
} from '../database/page';
import { readJson } from '../database/json';
import { AuditEntry, hashOf } from './chain';
import { storableEntry } from './storable';

interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly database_id: string | null;
  readonly operation_id: string | null;
  readonly outcome: string;
  readonly sentence: string;
  readonly details: string;
  readonly previous_hash: string;
  readonly hash: string;
}

/** Which audit events are asked for. `databaseIds` is what the caller may audit. */
export interface AuditFilter extends PageRequest {
  readonly databaseIds?: readonly string[];
  readonly databaseId?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  readonly text?: string;
}

/** Rows that verification reads at a time. */
const VERIFY_BATCH = 1000;

function toEvent(row: AuditRow): AuditEvent {
  return {
    seq: row.seq,
    at: row.at,
    actor: row.actor,
    action: row.action,
    databaseId: row.database_id ?? undefined,
    operationId: row.operation_id ?? undefined,
    outcome: row.outcome as AuditOutcome,
    sentence: row.sentence,
    details: readJson(row.details),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/**
 * The append-only chain. Whoever appends holds the head row until its
 * transaction ends, so that numbers have no gaps; append last in a
 * transaction, after every other row lock.
 */
export class AuditStore {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  async append(trx: Knex.Transaction, given: AuditEntry): Promise<AuditEvent> {
    const entry = storableEntry(given);
    // Counting up takes the row's lock on every database, unlike SELECT … FOR UPDATE.
    const [head] = await trx('audit_head')
      .where({ id: 1 })
      .increment('seq', 1)
      .returning<{ seq: number; hash: string }[]>(['seq', 'hash']);
    const chained = {
      ...entry,
      seq: head.seq,
      at: this.#clock().toISOString(),
    };
    const row: AuditRow = {
      seq: chained.seq,
      at: chained.at,
      actor: entry.actor,
      action: entry.action,
      database_id: entry.databaseId ?? null,
      operation_id: entry.operationId ?? null,
      outcome: entry.outcome,
      sentence: entry.sentence,
      details: JSON.stringify(entry.details ?? {}),
      previous_hash: head.hash,
      hash: hashOf(chained, head.hash),
    };
    await trx('audit_events').insert(row);
    await trx('audit_head').where({ id: 1 }).update({ hash: row.hash });
    return toEvent(row);
  }

  async list(filter: AuditFilter): Promise<Page<AuditEvent>> {
    const limit = filter.limit ?? DEFAULT_PAGE_SIZE;
    const query = this.#filtered(filter);
    const [{ count }] = await query
      .clone()
      .count<{ count: string | number }[]>({ count: '*' });
    if (filter.cursor) {
      const [seq] = decodeCursor<[number]>(filter.cursor, ['number']);
      query.where('seq', '<', seq);
    }
    const rows: AuditRow[] = await query
      .orderBy('seq', 'desc')
      .limit(limit + 1);
    const items = rows.slice(0, limit).map(toEvent);
    return {
      items,
      totalItems: Number(count),
      nextCursor:
        rows.length > limit
          ? encodeCursor([items[items.length - 1].seq])
          : undefined,
    };
  }

  #filtered(filter: AuditFilter): Knex.QueryBuilder<AuditRow> {
    const query = this.#knex<AuditRow>('audit_events');
    if (filter.databaseIds) {
      query.whereIn('database_id', [...filter.databaseIds]);
    }
    const equal = {
      database_id: filter.databaseId,
      actor: filter.actor,
      action: filter.action,
      outcome: filter.outcome,
    };
    for (const [column, value] of Object.entries(equal)) {
      if (value !== undefined) {
        query.where(column, value);
      }
    }
    for (const word of filter.text
      ?.toLowerCase()
      .split(/\s+/)
      .filter(Boolean) ?? []) {
      const pattern = `%${word.replace(/[\\%_]/g, character => `\\${character}`)}%`;
      query.where(any => {
        for (const column of [
          'actor',
          'action',
          'database_id',
          'sentence',
          'details',
        ]) {
          any.orWhereRaw(`lower(??) like ? escape '\\'`, [column, pattern]);
        }
      });
    }
    return query;
  }

  /** Recomputes every hash. A chain cut at its end is noticed through the head row. */
  async verify(): Promise<AuditChain> {
    // One snapshot: an event appended meanwhile must not look like a cut.
    return this.#knex.transaction(trx => this.#verify(trx), {
      isolationLevel:
        this.#knex.client.config.client === 'pg'
          ? 'repeatable read'
          : undefined,
      readOnly: this.#knex.client.config.client === 'pg',
    });
  }

  async #verify(trx: Knex.Transaction): Promise<AuditChain> {
    const checkedAt = this.#clock().toISOString();
    let previousHash = '';
    let events = 0;
    const bad = (firstBadSeq: number, reason: string): AuditChain => ({
      verified: false,
      events,
      checkedAt,
      firstBadSeq,
      reason,
    });
    for (;;) {
      const rows: AuditRow[] = await trx('audit_events')
        .where('seq', '>', events)
        .orderBy('seq')
        .limit(VERIFY_BATCH);
      for (const row of rows) {
        const expectedSeq = events + 1;
        if (row.seq !== expectedSeq) {
          return bad(expectedSeq, `Event ${expectedSeq} is missing.`);
        }
        if (row.previous_hash !== previousHash) {
          return bad(
            row.seq,
            `Event ${row.seq} does not follow from event ${events}.`,
          );
        }
        if (row.hash !== hashOf(toEvent(row), previousHash)) {
          return bad(
            row.seq,
            `Event ${row.seq} was changed after it was written.`,
          );
        }
        previousHash = row.hash;
        events = row.seq;
      }
      if (rows.length < VERIFY_BATCH) {
        break;
      }
    }
    const head = await trx('audit_head')
      .where({ id: 1 })
      .first<{ seq: number; hash: string }>();
    if (head.seq !== events || head.hash !== previousHash) {
      return bad(
        events + 1,
        `The newest event should be ${head.seq}, the last one found is ${events}.`,
      );
    }
    return { verified: true, events, checkedAt };
  }
}
