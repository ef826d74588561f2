import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { ManagedDatabase, isReady } from '../databases/types';
import { ApprovalRule, RestoreMode } from '../policies/types';

/** What a rule looks at. */
export interface RuledRequest {
  readonly kind: OperationKind;
  readonly parameters: JsonObject;
  readonly requestedBy: string;
}

/** Where a restore goes or went; absent for what is about none. */
export function modeOf(
  kind: OperationKind,
  parameters: JsonObject,
): RestoreMode | undefined {
  if (!['restore', 'advance', 'promote', 'discard'].includes(kind)) {
    return undefined;
  }
  return parameters.mode === 'in-place' ? 'in-place' : 'new-place';
}

/**
 * The rule of the database's policy that a request falls under. What the
 * policy's own schedules do was agreed on with the policy, so rules are about
 * people and services.
 */
export function ruleFor(
  database: ManagedDatabase | undefined,
  request: RuledRequest,
): ApprovalRule | undefined {
  if (
    !database ||
    !isReady(database) ||
    request.requestedBy.startsWith('schedule:')
  ) {
    return undefined;
  }
  const mode = modeOf(request.kind, request.parameters);
  return database.policy?.approvals.find(
    ({ kinds, modes }) =>
      kinds.includes(request.kind) &&
      (!modes || mode === undefined || modes.includes(mode)),
  );
}
