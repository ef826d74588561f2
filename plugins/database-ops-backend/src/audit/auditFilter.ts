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

/** Letters and digits make a word; everything else divides. */
function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/**
 * Narrows a query of `audit_events`. Each word of the text must begin a word
 * of the event; without an index for it SQLite finds the word anywhere.
 */
export function applyAuditFilter(
  query: Knex.QueryBuilder<AuditRow>,
  filter: AuditFilter,
): void {
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
  const words = wordsOf(filter.text ?? '');
  if (words.length === 0) {
    if (filter.text?.trim()) {
      // Asked for, and nothing that could be found.
      query.whereRaw('1 = 0');
    }
    return;
  }
  if (query.client.config.client === 'pg') {
    query.whereRaw('search @@ ?::tsquery', [
      words.map(word => `'${word}':*`).join(' & '),
    ]);
    return;
  }
  for (const word of words) {
    query.where((any: Knex.QueryBuilder) => {
      for (const column of SEARCHED) {
        any.orWhereRaw(`lower(??) like ?`, [column, `%${word}%`]);
      }
    });
  }
}
