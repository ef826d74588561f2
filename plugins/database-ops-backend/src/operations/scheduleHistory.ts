import { LoggerService, SchedulerService } from '@backstage/backend-plugin-api';
import { Knex } from 'knex';
import { Settings } from '../databases/readSettings';
import { OnceKeys } from '../notify/OnceKeys';
import { pruneHistory } from './pruneHistory';

/** Often enough that one missed run matters to nobody. */
const EVERY_HOURS = 6;

/** Has operations and events removed whose time is over. */
export async function scheduleHistory(options: {
  readonly scheduler: SchedulerService;
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
  readonly settings: Settings;
  readonly onceKeys: OnceKeys;
}): Promise<void> {
  const { scheduler, knex, clock, logger, settings, onceKeys } = options;
  await scheduler.scheduleTask({
    id: 'database-ops-history',
    scope: 'global',
    frequency: { hours: EVERY_HOURS },
    initialDelay: { minutes: 5 },
    timeout: { minutes: 30 },
    fn: async () => {
      const pruned = await pruneHistory({
        knex,
        settings: settings.history,
        now: clock(),
      });
      await onceKeys.prune();
      if (pruned.operations > 0 || pruned.events > 0) {
        logger.info(
          `${pruned.operations} operations and ${pruned.events} events of others were removed, their time being over.`,
        );
      }
    },
  });
}
