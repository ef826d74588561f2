import { InputError } from '@backstage/errors';
import { BackupType as OfferedType } from 'backstage-plugin-database-ops-common';

/** What pgBackRest can be asked for, the default first. */
export const BACKUP_TYPES = [
  {
    id: 'full',
    title: 'Full',
    description:
      'All files of the database; with the WAL archive it restores without any other backup.',
  },
  {
    id: 'diff',
    title: 'Differential',
    description:
      'What changed since the newest full backup; a restore needs that one too.',
  },
  {
    id: 'incr',
    title: 'Incremental',
    description:
      'What changed since the newest backup of any type; a restore needs the whole chain back to the full one.',
  },
] as const satisfies readonly OfferedType[];

export type BackupType = (typeof BACKUP_TYPES)[number]['id'];

/** @throws InputError when there is no such type */
export function readBackupType(databaseId: string, type: unknown): BackupType {
  const found = BACKUP_TYPES.find(({ id }) => id === (type ?? 'full'));
  if (!found) {
    throw new InputError(
      `Database '${databaseId}' has no backup type '${String(type)}'; choose ${BACKUP_TYPES.map(({ id }) => id).join(', ')}.`,
    );
  }
  return found.id;
}

/** What has to be told about a backup of another type than was asked for. */
export function noteOn(backup: {
  readonly wanted: BackupType;
  readonly made: BackupType;
  readonly labelTaken: boolean;
}): string | undefined {
  const { wanted, made, labelTaken } = backup;
  if (wanted === made) {
    return undefined;
  }
  const title = (type: BackupType) =>
    BACKUP_TYPES.find(({ id }) => id === type)!.title.toLowerCase();
  return labelTaken
    ? `A ${title(made)} backup was taken instead of the ${title(wanted)} one: an aborted backup had left a newer label in the repository, and only a full one gets past it.`
    : `A ${title(made)} backup was taken instead of the ${title(wanted)} one: the repository held no backup that it could build on.`;
}
