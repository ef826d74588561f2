// An event is hashed as it will be read again. Callers choose some of its text,
// and a denied one chooses freely: what a column would refuse or change must be
// changed before the hash is made.
import { storableObject, storableText } from '../database/storable';
import { AuditEntry } from './chain';

/** Widths of the columns of `audit_events`, in characters. */
const ACTOR_WIDTH = 255;
const DATABASE_ID_WIDTH = 255;
const OPERATION_ID_WIDTH = 36;

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
