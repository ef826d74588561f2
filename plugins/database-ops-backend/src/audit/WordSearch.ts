// Full-text search of the audit history on PostgreSQL. Its index has no order,
// so it is asked for the newest stretch of the history, then for older and
// longer ones: what a search costs depends on what it finds, not on how long
// the history is or how common the word.
import { Knex } from 'knex';
import { AuditFilter, asksForNothing, wordsOf } from './auditFilter';
import { AuditRow, readHead } from './rows';

/** Events of the shortest stretch, and how much longer the next kind is; the migration's tags. */
const SHORTEST_BITS = 12;
const LONGER_BITS = 4;
const LONGER = 2 ** LONGER_BITS;
const LEVELS = 3;

/** A stretch that holds more is asked for in parts. */
const MOST_AT_ONCE = 2000;

/** Beyond this many pairs of a word and a database each event found is looked at instead. */
const MOST_PAIRS = 500;

/** Of the index: a word that consists of these alone belongs to an id. */
const PART_OF_ID = /^[0-9a-f-]{4,}$/;

/**
 * The index of words is the only way here that does not depend on the planner's
 * luck; starting other processes or compiling takes longer than the search.
 */
const BY_INDEX_OF_WORDS = `
select set_config('enable_seqscan', 'off', true),
       set_config('enable_indexscan', 'off', true),
       set_config('max_parallel_workers_per_gather', '0', true),
       set_config('jit', 'off', true)`;

/** As in the index, or it would not be used. */
const TAGGED = `audit_events_tags(seq, database_id, actor, action, outcome, search) &&
  array(select hashtext(tag) from unnest(?::text[]) as tag)`;

/** A word that ends in a star stands for every word that begins so. */
function tsqueryOf(words: readonly string[]): string {
  return words
    .map(word =>
      word.endsWith('*') ? `'${word.slice(0, -1)}':*` : `'${word}'`,
    )
    .join(' & ');
}

/** Tags of the fewest stretches that make up a range of shortest ones. */
function stretchTags(from: number, to: number): readonly string[] {
  const tags: string[] = [];
  for (let next = from; next <= to;) {
    let level = 0;
    while (
      level + 1 < LEVELS &&
      next % LONGER ** (level + 1) === 0 &&
      next + LONGER ** (level + 1) - 1 <= to
    ) {
      level += 1;
    }
    const length = LONGER ** level;
    tags.push(`seq${SHORTEST_BITS + LONGER_BITS * level}:${next / length}`);
    next += length;
  }
  return tags;
}

/** Which databases' events are asked for; `undefined`: everybody's. */
function scopeOf(filter: AuditFilter): readonly string[] | undefined {
  const { databaseId, databaseIds } = filter;
  if (databaseId === undefined) {
    return databaseIds;
  }
  return databaseIds?.includes(databaseId) === false ? [] : [databaseId];
}

/** Finds events by words, the newest first. */
export class WordSearch {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Whether this is a question for it. */
  answers(filter: AuditFilter): boolean {
    return (
      this.#knex.client.config.client === 'pg' &&
      wordsOf(filter.text).length > 0
    );
  }

  /** Numbers of the newest events asked for, before one when given. */
  async newest(
    filter: AuditFilter,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<readonly number[]> {
    if (asksForNothing(filter) || scopeOf(filter)?.length === 0) {
      return [];
    }
    return this.#knex.transaction(async trx => {
      const [head] = await Promise.all([
        readHead(trx),
        trx.raw(BY_INDEX_OF_WORDS),
      ]);
      const oldest = head.base_seq >> SHORTEST_BITS;
      const before = Math.min(page.before ?? Infinity, head.seq + 1);
      const found: number[] = [];
      let last = (before - 1) >> SHORTEST_BITS;
      let length = 1;
      while (last >= oldest && found.length < page.limit) {
        const first = Math.max(oldest, last - length + 1);
        const some = await this.#within(trx, filter, { first, last, before });
        if (some.length > MOST_AT_ONCE && last > first) {
          length = Math.max(1, Math.floor(length / LONGER));
          continue;
        }
        found.push(...some.sort((a, b) => b - a));
        last = first - 1;
        // As long as it takes for the rest, should it be as dense.
        const rest = Math.min(MOST_AT_ONCE / 2, page.limit - found.length);
        const longer = Math.ceil((rest * 1.2) / (some.length || 1));
        length *= Math.max(1, Math.min(LONGER ** 2, longer));
      }
      return found.slice(0, page.limit);
    });
  }

  async #within(
    trx: Knex.Transaction,
    filter: AuditFilter,
    range: {
      readonly first: number;
      readonly last: number;
      readonly before: number;
    },
  ): Promise<number[]> {
    const query = trx<AuditRow>('audit_events').select('seq');
    this.#applyWords(query, filter);
    query.whereRaw(TAGGED, [[...stretchTags(range.first, range.last)]]);
    // Two stretches may share a tag's hash. Plus zero: no other index is asked.
    query.whereRaw('seq + 0 >= ? and seq + 0 < ?', [
      range.first * 2 ** SHORTEST_BITS,
      Math.min(range.before, (range.last + 1) * 2 ** SHORTEST_BITS),
    ]);
    if (range.last > range.first) {
      query.limit(MOST_AT_ONCE + 1);
    }
    const rows = await query;
    return rows.map(({ seq }) => seq);
  }

  #applyWords(query: Knex.QueryBuilder<AuditRow>, filter: AuditFilter): void {
    const words = wordsOf(filter.text);
    query.whereRaw('search @@ ?::tsquery', [tsqueryOf(words)]);
    const { actor, action, outcome } = filter;
    for (const [column, value] of Object.entries({ actor, action, outcome })) {
      if (value !== undefined) {
        query.whereRaw(TAGGED, [[`${column}:${value}`]]);
        query.whereRaw(`?? || '' = ?`, [column, value]);
      }
    }
    const scope = scopeOf(filter);
    if (!scope) {
      return;
    }
    const telling = words.filter(
      word => !word.endsWith('*') && !PART_OF_ID.test(word),
    );
    if (telling.length * scope.length <= MOST_PAIRS) {
      for (const word of telling) {
        query.whereRaw(TAGGED, [scope.map(id => `word:${id}:${word}`)]);
      }
    }
    query.whereRaw(`database_id || '' = any(?::text[])`, [[...scope]]);
  }
}
