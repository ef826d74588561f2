import { AuditEvent, AuditOutcome } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { readJson } from '../database/json';

/** A row of `audit_events`. */
export interface AuditRow {
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

/** The row of `audit_head`: where the chain begins and where it ends. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  readonly base_seq: number;
  readonly base_hash: string;
}

/** Named, for on PostgreSQL the table also holds what full-text search needs. */
export const AUDIT_COLUMNS = [
  'seq',
  'at',
  'actor',
  'action',
  'database_id',
  'operation_id',
  'outcome',
  'sentence',
  'details',
  'previous_hash',
  'hash',
] as const;

export function toEvent(row: AuditRow): AuditEvent {
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

/** @throws Error never; the row is made by the migration. */
export async function readHead(knex: Knex): Promise<AuditHead> {
  const head = await knex<AuditHead & { readonly id: number }>('audit_head')
    .where({ id: 1 })
    .first();
  return head ?? { seq: 0, hash: '', base_seq: 0, base_hash: '' };
}

/** Events after a number, in order. */
export async function readAfter(
  knex: Knex,
  seq: number,
  limit: number,
): Promise<readonly AuditRow[]> {
  return knex<AuditRow>('audit_events')
    .select(...AUDIT_COLUMNS)
    .where('seq', '>', seq)
    .orderBy('seq')
    .limit(limit);
}
