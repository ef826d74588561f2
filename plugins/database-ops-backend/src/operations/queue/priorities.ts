import { OperationKind } from 'backstage-plugin-database-ops-common';

/** That of restores: somebody waits for each of them. */
export const URGENT_PRIORITY = 0;
const BACKUP_PRIORITY = 1;
const VERIFICATION_PRIORITY = 2;
const OTHER_PRIORITY = 3;

const PRIORITIES: Partial<Record<OperationKind, number>> = {
  restore: URGENT_PRIORITY,
  advance: URGENT_PRIORITY,
  promote: URGENT_PRIORITY,
  discard: URGENT_PRIORITY,
  backup: BACKUP_PRIORITY,
  verify: VERIFICATION_PRIORITY,
};

/** What is claimed first: the lower number. */
export function priorityOf(kind: OperationKind): number {
  return PRIORITIES[kind] ?? OTHER_PRIORITY;
}

/**
 * What waited this long counts as a backup, so that a repository that is
 * never done with backups is verified and expired all the same.
 */
export const AGED_AFTER_SECONDS = 3600;

/** What {@link AGED_AFTER_SECONDS} raises to. */
export const AGED_PRIORITY = BACKUP_PRIORITY;

/** Kinds that write to the repository: a database has one writer at a time. */
export const WRITING_KINDS: readonly OperationKind[] = [
  'inventory',
  'backup',
  'expire',
  'maintain',
  'rotate',
  'archive',
];
