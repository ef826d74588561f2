import { LogBranch } from 'backstage-plugin-database-ops-node';
import { formatPosition, parsePosition } from './segments';

/**
 * Where a timeline left its parent: the last line of its history file, which
 * lists all its ancestors as `<timeline> <position> <reason>`.
 */
export function branchOfHistory(
  timeline: number,
  history: string,
  at?: Date,
): LogBranch | undefined {
  const last = history
    .split('\n')
    .map(line => line.trim())
    .filter(line => line && !line.startsWith('#'))
    .at(-1);
  const [parent, lsn] = last?.split(/\s+/) ?? [];
  const position = lsn === undefined ? undefined : parsePosition(lsn);
  return /^\d+$/.test(parent ?? '') && position !== undefined
    ? {
        branch: String(timeline),
        parent,
        position: formatPosition(position),
        ...(at ? { at: at.toISOString() } : {}),
      }
    : undefined;
}
