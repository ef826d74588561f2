/**
 * What people are told about; a policy's notification routes choose by it.
 *
 * @public
 */
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
] as const;

/**
 * What people are told about.
 *
 * @public
 */
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];
