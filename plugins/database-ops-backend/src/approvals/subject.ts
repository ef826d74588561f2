import { createHash } from 'node:crypto';
import { JsonObject, JsonValue } from '@backstage/types';
import { canonicalJson } from '../audit/chain';
import { aKind } from '../operations/aKind';
import { ApprovalSubject } from './types';

/** A subject as plain JSON, as it is hashed, stored and shown. */
export function subjectJson(subject: ApprovalSubject): JsonObject {
  return JSON.parse(JSON.stringify(subject)) as JsonObject;
}

/** SHA-256 of the subject's canonical JSON, in hexadecimal. */
export function subjectHash(subject: ApprovalSubject): string {
  return createHash('sha256')
    .update(canonicalJson(subjectJson(subject)))
    .digest('hex');
}

function momentText(moment: JsonObject | undefined): string {
  const { time, lsn, label } = moment ?? {};
  const said: readonly (JsonValue | undefined)[] = [label, time, lsn];
  return said.filter(Boolean).join(', ');
}

/** So many objects are named, the others counted. */
const NAMED_OBJECTS = 5;

function maintenanceText({ action, objects }: JsonObject): string {
  const all = Array.isArray(objects) ? objects : [];
  const more = all.length - NAMED_OBJECTS;
  return `${action} of ${all.slice(0, NAMED_OBJECTS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** What a person approves, in one sentence. */
export function subjectSentence(subject: ApprovalSubject): string {
  const { kind, databaseId, target } = subject;
  const moment = momentText(target.moment);
  const where = {
    'in-place': ' onto the source itself',
    'new-place': ' to a new place',
  };
  return [
    `${aKind(kind, 'A')} of database '${databaseId}'${target.mode ? where[target.mode] : ''}`,
    target.backupId && ` from backup '${target.backupId}'`,
    moment && ` at ${moment}`,
    kind === 'advance' && ` to ${momentText(subject.parameters)}`,
    kind === 'maintain' && ` (${maintenanceText(subject.parameters)})`,
    target.restoredInstanceId &&
      ` on restored instance ${target.restoredInstanceId} in ${target.directory} on ${target.host}`,
    target.systemId && `, system identifier ${target.systemId}`,
  ]
    .filter(Boolean)
    .join('')
    .concat('.');
}
