import { Backup } from 'backstage-plugin-database-ops-common';

/** Names a backup among all of its database: two repositories can hold one label. */
export function backupKey({
  id,
  repositoryId,
}: Pick<Backup, 'id' | 'repositoryId'>): string {
  return repositoryId === undefined ? id : `${repositoryId}/${id}`;
}
