import { ConflictError } from '@backstage/errors';
import { OperationState } from 'backstage-plugin-database-ops-common';

const NEXT_STATES: Readonly<Record<OperationState, readonly OperationState[]>> =
  {
    'awaiting-approval': ['queued', 'rejected', 'expired', 'cancelled'],
    queued: ['running', 'cancelled', 'failed'],
    running: ['succeeded', 'failed', 'cancelled', 'interrupted'],
    succeeded: [],
    failed: [],
    cancelled: [],
    interrupted: [],
    rejected: [],
    expired: [],
  };

/** States in which an operation stands in the way of another of its kind. */
export const ACTIVE_STATES: readonly OperationState[] = [
  'awaiting-approval',
  'queued',
  'running',
];

export function canMove(from: OperationState, to: OperationState): boolean {
  return NEXT_STATES[from].includes(to);
}

/** @throws ConflictError when an operation cannot move so. */
export function assertMove(
  operationId: string,
  from: OperationState,
  to: OperationState,
): void {
  if (!canMove(from, to)) {
    throw new ConflictError(
      `Operation ${operationId} is ${from} and cannot become ${to}; read it again for its present state.`,
    );
  }
}
