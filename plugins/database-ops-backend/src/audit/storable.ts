// An event is hashed as it will be read again. Callers choose some of its text,
// and a denied one chooses freely: what a column would refuse or change must be
// changed before the hash is made.
import { JsonObject, JsonValue } from '@backstage/types';
import { AuditEntry } from './chain';

/** Widths of the columns of `audit_events`, in characters. */
const ACTOR_WIDTH = 255;
const DATABASE_ID_WIDTH = 255;
const OPERATION_ID_WIDTH = 36;

/** Text as UTF-8 and PostgreSQL hold it: no half of a surrogate pair, no NUL. */
function storableText(text: string, width?: number): string {
  // A cut may halve a pair, so it comes first.
  return Buffer.from(text.slice(0, width), 'utf8')
    .toString('utf8')
    .replaceAll('\0', '\uFFFD');
}

function storableJson(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === 'string') {
    return storableText(value);
  }
  if (Array.isArray(value)) {
    return value.map(item => storableJson(item) ?? null);
  }
  return typeof value === 'object' && value !== null
    ? storableObject(value)
    : value;
}

function storableObject(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      storableText(key),
      storableJson(value),
    ]),
  );
}

/** The entry as every supported database gives it back. */
export function storableEntry(entry: AuditEntry): AuditEntry {
  const { databaseId, operationId, details } = entry;
  return {
    ...entry,
    actor: storableText(entry.actor, ACTOR_WIDTH),
    databaseId: databaseId && storableText(databaseId, DATABASE_ID_WIDTH),
    operationId: operationId && storableText(operationId, OPERATION_ID_WIDTH),
    sentence: storableText(entry.sentence),
    details: details && storableObject(details),
  };
}
