import { AuditEvent } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import {
  DEFAULT_PAGE_SIZE,
  Page,
  PageRequest,
  decodeCursor,
  encodeCursor,
} from '../database/page';
import { AuditFilter, applyAuditFilter } from './auditFilter';
import { AuditEntry, hashOf } from './chain';
import { AUDIT_COLUMNS, AuditRow, toEvent } from './rows';
import { storableEntry } from './storable';
import { ChainFault, verifyChain } from './verifyChain';
import { WordSearch } from './WordSearch';

/** Counting ten million events takes seconds that nobody reads the number for. */
const COUNTED_AT_MOST = 1000;

/** What words find lies all over the table: each event counted is a page read. */
const FOUND_AT_MOST = 100;

/** Events that an export reads at a time. */
const EXPORT_BATCH = 1000;

/** A page of events; with `totalIsCapped` there are more than `totalItems`. */
export interface AuditPage extends Page<AuditEvent> {
  readonly totalIsCapped: boolean;
}

interface Stretch {
  readonly limit: number;
  readonly before?: number;
}

/**
 * The append-only chain. Whoever appends holds the head row until its
 * transaction ends, so that numbers have no gaps; append last in a
 * transaction, after every other row lock.
 */
export class AuditStore {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #words: WordSearch;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#words = new WordSearch(options.knex);
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

  /** The newest first. */
  async list(filter: AuditFilter & PageRequest): Promise<AuditPage> {
    const limit = filter.limit ?? DEFAULT_PAGE_SIZE;
    const [before] = filter.cursor
      ? decodeCursor<[number]>(filter.cursor, ['number'])
      : [undefined];
    const { rows, counted, most } = this.#words.answers(filter)
      ? await this.#findPage(filter, { limit: limit + 1, before })
      : {
          rows: await this.#read(filter, { limit: limit + 1, before }),
          counted: await this.#count(filter),
          most: COUNTED_AT_MOST,
        };
    const items = rows.slice(0, limit).map(toEvent);
    return {
      items,
      totalItems: Math.min(counted, most),
      totalIsCapped: counted > most,
      nextCursor:
        rows.length > limit
          ? encodeCursor([items[items.length - 1].seq])
          : undefined,
    };
  }

  /** Every event asked for, the newest first, without holding them all. */
  async *stream(filter: AuditFilter): AsyncIterable<AuditEvent> {
    let before: number | undefined;
    for (;;) {
      const rows = await this.#read(filter, { limit: EXPORT_BATCH, before });
      for (const row of rows) {
        yield toEvent(row);
      }
      if (rows.length < EXPORT_BATCH) {
        return;
      }
      before = rows[rows.length - 1].seq;
    }
  }

  /** Recomputes every hash from the beginning, without anchors. */
  async verify(): Promise<{
    readonly verified: boolean;
    readonly events: number;
    readonly fault?: ChainFault;
  }> {
    const { complete, fault, checkedEvents } = await verifyChain({
      knex: this.#knex,
      until: () => false,
    });
    return { verified: complete && !fault, events: checkedEvents, fault };
  }

  async #read(
    filter: AuditFilter,
    page: Stretch,
  ): Promise<readonly AuditRow[]> {
    if (this.#words.answers(filter)) {
      return this.#readThese(await this.#words.newest(filter, page));
    }
    const query = this.#filtered(filter);
    if (page.before !== undefined) {
      query.where('seq', '<', page.before);
    }
    return query
      .orderBy('seq', 'desc')
      .select(...AUDIT_COLUMNS)
      .limit(page.limit);
  }

  /** What is counted is found from the newest on, so the first page is among it. */
  async #findPage(filter: AuditFilter, page: Stretch) {
    const most = Math.max(page.limit, FOUND_AT_MOST);
    const [newest, older] = await Promise.all([
      this.#words.newest(filter, { limit: most + 1 }),
      page.before === undefined ? undefined : this.#words.newest(filter, page),
    ]);
    return {
      rows: await this.#readThese(older ?? newest.slice(0, page.limit)),
      counted: newest.length,
      most,
    };
  }

  async #readThese(seqs: readonly number[]): Promise<readonly AuditRow[]> {
    return this.#knex<AuditRow>('audit_events')
      .whereIn('seq', [...seqs])
      .orderBy('seq', 'desc')
      .select(...AUDIT_COLUMNS);
  }

  async #count(filter: AuditFilter): Promise<number> {
    const some = this.#filtered(filter)
      .select(this.#knex.raw('1 as one'))
      .limit(COUNTED_AT_MOST + 1)
      .as('some');
    const [{ count }] = await this.#knex
      .from(some)
      .count<{ count: string | number }[]>({ count: '*' });
    return Number(count);
  }

  #filtered(filter: AuditFilter): Knex.QueryBuilder<AuditRow> {
    const query = this.#knex<AuditRow>('audit_events');
    applyAuditFilter(query, filter);
    return query;
  }
}
