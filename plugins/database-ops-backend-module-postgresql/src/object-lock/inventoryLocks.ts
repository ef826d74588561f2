import {
  Inventory,
  InventoryLocks,
  LockState,
} from 'backstage-plugin-database-ops-node';
import { LockReport } from './lockRepository';

/** What was written down about locks, held against the backups that are there. */
export function inventoryLocks(
  state: LockState | undefined,
  { backups, observedAt }: Pick<Inventory, 'backups' | 'observedAt'>,
): InventoryLocks {
  const present = backups
    .filter(backup => backup.state !== 'missing')
    .map(({ id }) => id);
  const held = new Map(
    state?.backups
      .filter(({ until }) => until > observedAt)
      .map(({ backupId, until }) => [backupId, until] as const),
  );
  const ends = [
    ...present.flatMap(id => held.get(id) ?? []),
    ...(state?.logs ?? []).map(({ until }) => until),
  ].sort();
  return {
    ...(state ? { observedAt: state.observedAt } : {}),
    unlockedBackups: present.filter(id => !held.has(id)),
    ...(ends.length > 0 ? { until: ends[0] } : {}),
    ...(state?.problem === undefined ? {} : { problem: state.problem }),
  };
}

/** An inventory that was read before locks were set, with what was written down since. */
export function withLocks(
  inventory: Inventory,
  report: LockReport | undefined,
): Inventory {
  if (!report) {
    return inventory;
  }
  const { state, sentence } = report;
  const locks = state
    ? inventoryLocks(state, inventory)
    : { unlockedBackups: [], ...inventory.locks, problem: sentence };
  return { ...inventory, locks };
}
