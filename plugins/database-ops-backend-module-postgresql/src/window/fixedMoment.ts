import { Resolution } from 'backstage-plugin-database-ops-node';

/**
 * A latest moment that is the end of its backup, said so: log that arrives
 * later would move one that is only called the latest.
 */
export function fixedMoment(resolution: Resolution): Resolution {
  const { kind, lsn, backupId } = resolution.parameters ?? {};
  return kind === 'latest' && lsn === undefined && backupId !== undefined
    ? { ...resolution, parameters: { kind: 'backup', backupId } }
    : resolution;
}
