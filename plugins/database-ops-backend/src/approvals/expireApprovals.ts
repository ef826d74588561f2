import { SchedulerService } from '@backstage/backend-plugin-api';
import { ApprovalService } from './ApprovalService';

const EXPIRE_SECONDS = 10;

/** Ends, again and again, what nobody decided on in time. */
export async function expireApprovals(options: {
  readonly scheduler: SchedulerService;
  readonly approvals: ApprovalService;
}): Promise<void> {
  await options.scheduler.scheduleTask({
    id: 'database-ops-approvals',
    // Each row is decided once, so replicas may all look.
    scope: 'local',
    frequency: { seconds: EXPIRE_SECONDS },
    timeout: { seconds: 60 },
    fn: async () => {
      await options.approvals.expireOverdue();
    },
  });
}
