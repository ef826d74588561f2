import {
  LifecycleService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import { Audit } from './createAudit';

/**
 * Verifies, anchors and archives the audit history again and again, on one
 * replica at a time; tells metrics what was found.
 */
export async function keepHistory(options: {
  readonly scheduler: SchedulerService;
  readonly lifecycle: LifecycleService;
  readonly history: Pick<Audit, 'keeper' | 'metrics' | 'settings'>;
}): Promise<void> {
  const { scheduler, lifecycle, history } = options;
  await scheduler.scheduleTask({
    id: 'database-ops-audit-chain',
    scope: 'global',
    frequency: { seconds: history.settings.checkEverySeconds },
    timeout: { minutes: 5 },
    fn: async () => {
      await history.keeper.run();
    },
  });
  lifecycle.addStartupHook(() => history.metrics.start());
  lifecycle.addShutdownHook(() => history.metrics.stop());
}
