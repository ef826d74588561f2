import { OperationKind, OperationState } from './schema/openapi';

/**
 * States from which an operation cannot move any more.
 *
 * @public
 */
export const FINAL_OPERATION_STATES: readonly OperationState[] = [
  'succeeded',
  'failed',
  'cancelled',
  'interrupted',
  'rejected',
  'expired',
];

/**
 * Whether an operation of this state is over.
 *
 * @public
 */
export function isFinalOperationState(state: OperationState): boolean {
  return FINAL_OPERATION_STATES.includes(state);
}

/**
 * Every kind of operation.
 *
 * @public
 */
export const OPERATION_KINDS = [
  'inventory',
  'backup',
  'restore',
  'advance',
  'promote',
  'discard',
  'verify',
  'expire',
  'maintain',
  'rotate',
  'archive',
  'apply',
] as const satisfies readonly OperationKind[];

/**
 * Kinds that write over, open or remove data that a restore made; they need
 * the restore permission, all others the run permission.
 *
 * @public
 */
export const RESTORE_OPERATION_KINDS: readonly OperationKind[] = [
  'restore',
  'advance',
  'promote',
  'discard',
];
