import { RecoveryWindow } from 'backstage-plugin-database-ops-common';
import { Inventory } from 'backstage-plugin-database-ops-node';
import { NewestBranch } from './types';

/**
 * The newest line of history, where there is more than one: after a promotion
 * or an in-place restore, backups of the lines before may or may not lead to
 * it, and their times do not tell.
 */
export function newestBranchOf(
  { intervals }: Pick<RecoveryWindow, 'intervals'>,
  inventory:
    Pick<Inventory, 'backups' | 'branches' | 'currentBranch'> | undefined,
): NewestBranch | undefined {
  const { backups = [], branches = [] } = inventory ?? {};
  const lines = new Set(
    [
      ...intervals.map(({ timeline }) => timeline),
      // Its log may not have reached the archive yet.
      ...branches.map(({ branch }) => Number(branch)),
      ...backups.flatMap(({ from, to }) => [from?.timeline, to?.timeline]),
    ].filter(line => line !== undefined && Number.isFinite(line)),
  );
  const current = Number(inventory?.currentBranch);
  // After a rollback the database is on an older one than the newest.
  const newest = lines.has(current)
    ? current
    : Math.max(...(lines as ReadonlySet<number>));
  return lines.size < 2
    ? undefined
    : {
        timeline: newest,
        backupIds: new Set(
          backups
            .filter(({ from }) => from?.timeline === newest)
            .map(({ id }) => id),
        ),
      };
}
