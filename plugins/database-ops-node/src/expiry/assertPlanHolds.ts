import { OperationFailedError } from '../failure/OperationFailedError';
import { Inventory } from '../inventory/types';
import { isPinActive, StoredPin } from './PinFile';
import { ExpireRequest } from './types';

/**
 * Whether a plan may still be carried out on what the repository holds now.
 *
 * @throws OperationFailedError (`plan-outdated`) naming what changed: a backup
 * that needs one of those to go, a pin, a kept backup that is not there, or
 * nothing whole that would be left
 * @public
 */
export function assertPlanHolds(
  request: ExpireRequest,
  inventory: Inventory,
  pins: readonly StoredPin[],
  now: Date,
): void {
  const remove = new Set(request.remove);
  const present = inventory.backups.filter(({ state }) => state !== 'missing');
  const stays = present.filter(({ id }) => !remove.has(id));
  for (const { id, chain } of stays) {
    const base = chain.find(needed => remove.has(needed));
    if (base !== undefined) {
      throw outdated(
        `backup ${base}`,
        `Backup ${id} needs backup ${base}, which was to go`,
      );
    }
  }
  const held = pins
    .filter(pin => isPinActive(pin, now))
    .flatMap(pin => {
      const backup = present.find(({ id }) => id === pin.backupId);
      const needed = [pin.backupId, ...(backup?.chain ?? [])];
      return needed
        .filter(id => remove.has(id))
        .map(id => ({ id, reason: pin.reason }));
    })
    .at(0);
  if (held) {
    throw outdated(
      `backup ${held.id}`,
      `Backup ${held.id} was pinned meanwhile (${held.reason})`,
    );
  }
  const ids = new Set(present.map(({ id }) => id));
  const gone = request.keep.find(id => !ids.has(id));
  if (gone !== undefined) {
    throw outdated(
      `backup ${gone}`,
      `Backup ${gone}, which was to stay, is not in the repository any more`,
    );
  }
  const whole = stays.some(({ chain }) =>
    chain.every(id =>
      stays.some(one => one.id === id && one.state === 'present'),
    ),
  );
  if (remove.size > 0 && !whole) {
    throw outdated(
      `database ${inventory.databaseId}`,
      'No backup that can be restored would be left',
    );
  }
}

function outdated(object: string, what: string): OperationFailedError {
  return new OperationFailedError({
    cause: `${what}; nothing was removed.`,
    object,
    nextStep:
      'Look at the retention preview, which is made anew, and start it again.',
    code: 'plan-outdated',
  });
}

/**
 * Whether the repository, read again, is what the plan said.
 *
 * @throws OperationFailedError naming the first backup that is not as planned
 * @public
 */
export function assertPlanDone(
  request: ExpireRequest,
  before: Inventory,
  after: Inventory,
): void {
  const left = new Map(after.backups.map(backup => [backup.id, backup]));
  const isThere = (id: string) =>
    (left.get(id)?.state ?? 'missing') !== 'missing';
  const survivor = request.remove.find(isThere);
  if (survivor !== undefined) {
    throw new OperationFailedError({
      cause: `Backup ${survivor} was to go, but the repository still lists it.`,
      object: `backup ${survivor}`,
      nextStep: 'Look into the log for why it stayed, then start it again.',
      code: 'backup-not-expired',
    });
  }
  const removed = new Set(request.remove);
  const lost = before.backups.find(
    ({ id, state }) => state !== 'missing' && !removed.has(id) && !isThere(id),
  );
  if (lost) {
    throw new OperationFailedError({
      cause: `Backup ${lost.id} was to stay, but the repository does not list it any more.`,
      object: `backup ${lost.id}`,
      nextStep:
        'Find out what else deletes from the repository (an expire by hand, a lifecycle rule), and take a full backup now.',
      code: 'kept-backup-lost',
    });
  }
}
