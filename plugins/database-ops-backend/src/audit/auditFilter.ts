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

/** Divides as PostgreSQL's index does; what holds no letter and no digit is no word. */
export function wordsOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .toLowerCase()
    .split(/[\s"'{}()<>,;!?=|\\[\]]+/)
    .map(word => word.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}*]+$/gu, ''))
    .filter(word => /[\p{L}\p{N}]/u.test(word));
}

/** Something was asked for that nothing can be found by, such as a lone dash. */
export function asksForNothing({ text }: AuditFilter): boolean {
  return Boolean(text?.trim()) && wordsOf(text).length === 0;
}

function likePattern(word: string): string {
  const wanted = word.replace(/\*$/, '');
  return `%${wanted.replace(/[\\%_]/g, character => `\\${character}`)}%`;
}

/**
 * Narrows a query of `audit_events`. Words are found anywhere in an event, as
 * SQLite does, which keeps small histories; PostgreSQL has a `WordSearch`.
 */
export function applyAuditFilter(
  query: Knex.QueryBuilder<AuditRow>,
  filter: AuditFilter,
): void {
  if (asksForNothing(filter)) {
    query.whereRaw('1 = 0');
  }
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
  for (const word of wordsOf(filter.text)) {
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
