import { NotAllowedError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { AuditLog } from '../audit/AuditLog';
import {
  Caller,
  DatabaseAuthorizer,
  actorOf,
  permissionOf,
} from './DatabaseAuthorizer';

/** Something that a caller wants to change. */
export interface Attempt {
  /** As the audit history names it. */
  readonly action: string;
  /** What it comes to, after "may not": `change pins of database 'orders'`. */
  readonly what: string;
  readonly databaseId?: string;
  readonly operationId?: string;
  readonly details?: JsonObject;
}

/** Who decides and where a refusal is written down. */
export interface Guard {
  readonly authorizer: DatabaseAuthorizer;
  readonly audit: AuditLog;
}

/**
 * Lets pass who may run operations of the kind on the database.
 *
 * @throws NotAllowedError saying what to ask for, once the attempt is in the audit history.
 */
export async function assertMayRun(
  { authorizer, audit }: Guard,
  caller: Caller,
  attempt: Attempt & { readonly kind: OperationKind },
): Promise<void> {
  const { databaseId = '', kind, what } = attempt;
  if (await authorizer.mayRun(caller, databaseId, kind)) {
    return;
  }
  await refuse(
    audit,
    caller,
    attempt,
    caller.principal.type === 'service'
      ? `Service '${caller.principal.subject}' may not ${what}; name subject, database and the kind '${kind}' under databaseOps.services.`
      : `You may not ${what}; ask its owner for the permission '${permissionOf(kind).name}'.`,
  );
}

/** @throws NotAllowedError with the refusal, once the attempt is in the audit history. */
export async function refuse(
  audit: AuditLog,
  caller: Caller,
  { action, what, databaseId, operationId, details }: Attempt,
  refusal: string,
): Promise<never> {
  const actor = actorOf(caller);
  await audit.append({
    actor,
    action,
    databaseId,
    operationId,
    outcome: 'denied',
    sentence: `${actor} tried to ${what} without permission.`,
    details,
  });
  throw new NotAllowedError(refusal);
}
