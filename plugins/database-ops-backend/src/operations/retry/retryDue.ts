import { RESTORE_OPERATION_KINDS } from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog, isReady } from '../../databases/types';
import { RetryRules } from '../../policies/types';
import { OperationRow } from '../rows';

/** Of an operation that failed, what decides about its retry. */
export type FailedOperation = Pick<
  OperationRow,
  'database_id' | 'kind' | 'schedule_name' | 'retry_number'
>;

/** The wait before a retry, the first being number 1. */
export function retryDelaySeconds(rules: RetryRules, number: number): number {
  return Math.min(
    rules.delaySeconds * rules.factor ** (number - 1),
    rules.maximumDelaySeconds,
  );
}

/**
 * When an operation that failed is tried again by itself: only what a schedule
 * of the policy asked for, and never what opens, moves or removes restored
 * data, for that is a person's decision each time.
 */
export function retryDue(
  failed: FailedOperation,
  databases: DatabaseCatalog,
  now: Date,
): Date | undefined {
  const database = databases.get(failed.database_id);
  const policy = database && isReady(database) ? database.policy : undefined;
  const isScheduled = policy?.schedules.some(
    ({ name }) => name === failed.schedule_name,
  );
  if (
    !policy ||
    !isScheduled ||
    RESTORE_OPERATION_KINDS.includes(failed.kind) ||
    failed.retry_number >= policy.retries.attempts
  ) {
    return undefined;
  }
  const delaySeconds = retryDelaySeconds(
    policy.retries,
    failed.retry_number + 1,
  );
  return new Date(now.getTime() + delaySeconds * 1000);
}
