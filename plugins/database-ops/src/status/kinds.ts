import {
  AuditOutcome,
  FreshnessState,
  HealthStatus,
  OperationState,
  SignalStatus,
} from 'backstage-plugin-database-ops-common';

/** How a status looks; each has a shape of its own beside its colour. */
export type StatusLook =
  'good' | 'warning' | 'bad' | 'unknown' | 'waiting' | 'running' | 'ended';

export interface StatusWord {
  readonly look: StatusLook;
  readonly word: string;
}

export const HEALTH_WORDS: Record<HealthStatus, StatusWord> = {
  healthy: { look: 'good', word: 'Healthy' },
  degraded: { look: 'warning', word: 'Degraded' },
  down: { look: 'bad', word: 'Down' },
  unknown: { look: 'unknown', word: 'Unknown' },
};

export const SIGNAL_WORDS: Record<SignalStatus, StatusWord> = {
  ok: { look: 'good', word: 'Ok' },
  warning: { look: 'warning', word: 'Warning' },
  critical: { look: 'bad', word: 'Critical' },
  unknown: { look: 'unknown', word: 'Unknown' },
};

export const FRESHNESS_WORDS: Record<FreshnessState, StatusWord> = {
  kept: { look: 'good', word: 'Objective kept' },
  missed: { look: 'bad', word: 'Objective missed' },
  unknown: { look: 'unknown', word: 'Not known' },
  'no-objective': { look: 'ended', word: 'No objective' },
};

/** The same where a column's heading says of what. */
export const KEPT_WORDS: Record<FreshnessState, StatusWord> = {
  kept: { look: 'good', word: 'Kept' },
  missed: { look: 'bad', word: 'Missed' },
  unknown: { look: 'unknown', word: 'Not known' },
  'no-objective': { look: 'ended', word: 'None' },
};

export const OPERATION_WORDS: Record<OperationState, StatusWord> = {
  'awaiting-approval': { look: 'waiting', word: 'Awaiting approval' },
  queued: { look: 'waiting', word: 'Queued' },
  running: { look: 'running', word: 'Running' },
  succeeded: { look: 'good', word: 'Succeeded' },
  failed: { look: 'bad', word: 'Failed' },
  cancelled: { look: 'ended', word: 'Cancelled' },
  interrupted: { look: 'warning', word: 'Interrupted' },
  rejected: { look: 'bad', word: 'Rejected' },
  expired: { look: 'ended', word: 'Expired' },
};

export const OUTCOME_WORDS: Record<AuditOutcome, StatusWord> = {
  accepted: { look: 'waiting', word: 'Accepted' },
  denied: { look: 'bad', word: 'Denied' },
  succeeded: { look: 'good', word: 'Succeeded' },
  failed: { look: 'bad', word: 'Failed' },
  cancelled: { look: 'ended', word: 'Cancelled' },
  interrupted: { look: 'warning', word: 'Interrupted' },
};

export const SEVERITY_WORDS: Record<string, StatusWord> = {
  critical: { look: 'bad', word: 'Critical' },
  warning: { look: 'warning', word: 'Warning' },
  info: { look: 'ended', word: 'Info' },
};

/** A status that a newer backend may know and this page does not. */
export function wordOf<K extends string>(
  words: Record<K, StatusWord>,
  key: K,
): StatusWord {
  return words[key] ?? { look: 'unknown', word: key };
}
