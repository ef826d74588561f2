/**
 * What people are told about.
 *
 * @public
 */
export type NotificationEvent =
  | 'failed'
  | 'overdue'
  | 'approval-wanted'
  | 'restored'
  | 'promoted'
  | 'proof-failed'
  | 'backup-vanished'
  | 'stuck'
  | 'emergency-override'
  | 'audit-broken'
  | 'direct-operation'
  | 'failover';

/** What a policy's notification routes choose by. */
export const NOTIFICATION_EVENTS = [
  'failed',
  'overdue',
  'approval-wanted',
  'restored',
  'promoted',
  'proof-failed',
  'backup-vanished',
  'stuck',
  'emergency-override',
  'audit-broken',
  'direct-operation',
  'failover',
] as const satisfies readonly NotificationEvent[];
