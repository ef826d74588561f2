import { LocalFleet } from 'local-fleet';
import { onPrimary } from './sql';
import { eventually } from './Stage';

/** Ends the primary's segment of log; returns its name. */
export async function endSegment(fleet: LocalFleet): Promise<string> {
  return onPrimary(fleet, 'SELECT pg_walfile_name(pg_switch_wal())');
}

/** Returns once the archive has it. */
export async function untilArchived(
  fleet: LocalFleet,
  segment: string,
): Promise<void> {
  await eventually(
    `Segment ${segment} is archived`,
    () => onPrimary(fleet, 'SELECT last_archived_wal FROM pg_stat_archiver'),
    archived => archived >= segment,
    { withinSeconds: 60 },
  );
}
