import { RecoveryWindow } from 'backstage-plugin-database-ops-common';
import { ChainedBackup, LogStretch } from './types';

/**
 * Where the log is whole, as the recovery window says: an interval reaches
 * from a backup over the log after it, and the log during that backup is part
 * of what makes it consistent.
 */
export function logStretchesOf(
  { intervals }: Pick<RecoveryWindow, 'intervals'>,
  backups: readonly ChainedBackup[],
): readonly LogStretch[] {
  return intervals.flatMap(interval => {
    const begin = interval.from?.time;
    const end = interval.to?.time;
    if (
      interval.kind === 'gap' ||
      begin === undefined ||
      end === undefined ||
      Date.parse(end) <= Date.parse(begin)
    ) {
      return [];
    }
    const base = backups.find(({ id }) => id === interval.backupId);
    const startedAt = base?.startedAt ?? begin;
    const from = Date.parse(startedAt) < Date.parse(begin) ? startedAt : begin;
    return [
      { from: new Date(from).toISOString(), to: new Date(end).toISOString() },
    ];
  });
}
