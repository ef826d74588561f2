import { Database } from 'backstage-plugin-database-ops-common';

/** Whether backups of a database are taken at all; what its engine cannot say counts as yes. */
export function takesBackups(database: Database): boolean {
  return database.capabilities?.verbs.includes('backup') ?? true;
}

/** Why there is no moment to which a database could be restored. */
export function whyNotRestorable(database: Database): string {
  return takesBackups(database)
    ? 'Not restorable yet'
    : 'No backups for this engine yet';
}
