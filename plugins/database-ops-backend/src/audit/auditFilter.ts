import { AuditOutcome } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { AuditRow } from './rows';

/** Which audit events are asked for. `databaseIds` is what the caller may audit. */
export interface AuditFilter {
  readonly databaseIds?: readonly string[];
  readonly databaseId?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  readonly text?: string;
}

const SEARCHED = [
  'actor',
  'action',
  'database_id',
  'operation_id',
  'sentence',
  'details',
] as const;

/** Divides as the index does; what holds no letter and no digit is no word. */
function wordsOf(text: string): readonly string[] {
  return text
    .toLowerCase()
    .split(/[\s"'{}()<>,;!?=|\\[\]]+/)
    .map(word => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}*]+$/gu, ''))
    .filter(word => /[\p{L}\p{N}]/u.test(word));
}

/** A word that ends in a star stands for every word that begins so. */
function tsqueryOf(words: readonly string[]): string {
  return words
    .map(word =>
      word.endsWith('*') ? `'${word.slice(0, -1)}':*` : `'${word}'`,
    )
    .join(' & ');
}

function likePattern(word: string): string {
  const wanted = word.replace(/\*$/, '');
  return `%${wanted.replace(/[\\%_]/g, character => `\\${character}`)}%`;
}

/**
 * Narrows a query of `audit_events`. Each word of the text must be a word of
 * the event, whole or a part of it, such as `ada` of `user:default/ada`;
 * SQLite, which keeps small histories, finds it anywhere.
 */
export function applyAuditFilter(
  query: Knex.QueryBuilder<AuditRow>,
  filter: AuditFilter,
): void {
  const words = wordsOf(filter.text ?? '');
  if (filter.databaseIds && words.length > 0) {
    // Many databases have more events than many words: their index is no help
    // to that of words, and the planner would read it all.
    query.whereRaw(
      `database_id || '' in (${filter.databaseIds.map(() => '?').join(', ') || 'null'})`,
      [...filter.databaseIds],
    );
  } else if (filter.databaseIds) {
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
  if (words.length === 0) {
    if (filter.text?.trim()) {
      // Asked for, and nothing that could be found.
      query.whereRaw('1 = 0');
    }
    return;
  }
  if (query.client.config.client === 'pg') {
    query.whereRaw('search @@ ?::tsquery', [tsqueryOf(words)]);
    return;
  }
  for (const word of words) {
    query.where((any: Knex.QueryBuilder) => {
      for (const column of SEARCHED) {
        any.orWhereRaw(`lower(??) like ? escape '\\'`, [
          column,
          likePattern(word),
        ]);
      }
    });
  }
}

/** Words that statistics of the full-text column know; what is not among them is rare. */
const KNOWN_WORDS = `
select most_common_elems::text::text[] @> ?::text[] as common
from pg_stats
where schemaname = any(current_schemas(false)) and tablename = 'audit_events' and attname = 'search'
  and most_common_elems is not null`;

/**
 * Whether the index of words finds so few events that the planner had better
 * use it. Of a word that it does not know, such as an operation's id, it takes
 * one event in a thousand to have it, and would rather read the whole history
 * backwards to come by fifty.
 */
export async function hasRareWord(
  knex: Knex,
  text: string | undefined,
): Promise<boolean> {
  const whole = wordsOf(text ?? '').filter(word => !word.endsWith('*'));
  if (whole.length === 0 || knex.client.config.client !== 'pg') {
    return false;
  }
  const { rows } = await knex.raw<{ rows: { readonly common: boolean }[] }>(
    KNOWN_WORDS,
    [whole],
  );
  return rows.some(({ common }) => !common);
}
