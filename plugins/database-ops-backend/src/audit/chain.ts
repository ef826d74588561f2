import { createHash } from 'node:crypto';
import { JsonObject, JsonValue } from '@backstage/types';
import { AuditOutcome } from 'backstage-plugin-database-ops-common';

/** What is said of one action; the chain adds place and hash. */
export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly databaseId?: string;
  readonly operationId?: string;
  readonly outcome: AuditOutcome;
  readonly sentence: string;
  readonly details?: JsonObject;
}

/** An entry with its place in the chain, before it is hashed. */
export interface ChainedEntry extends AuditEntry {
  readonly seq: number;
  readonly at: string;
}

/** JSON with sorted keys, so that the same content has one text. */
export function canonicalJson(value: JsonValue | undefined): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.keys(value)
      .filter(key => value[key] !== undefined)
      .sort()
      .map(key => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

/** SHA-256 of an entry and the hash before it; changing either shows. */
export function hashOf(entry: ChainedEntry, previousHash: string): string {
  const content = canonicalJson({
    seq: entry.seq,
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    databaseId: entry.databaseId,
    operationId: entry.operationId,
    outcome: entry.outcome,
    sentence: entry.sentence,
    details: entry.details ?? {},
  });
  return createHash('sha256')
    .update(previousHash)
    .update('\n')
    .update(content)
    .digest('hex');
}
