import { LocalFleet } from 'local-fleet';

/** The fleet's PostgreSQL; its entity and owner stand in the example catalogue. */
export const TIMESCALE = 'analytics-timescale';

export interface DatabaseChange {
  /** Another repository than the fleet's. */
  readonly repository?: string;
  readonly pgbackrest?: object;
  readonly restore?: object;
}

/**
 * The fleet's PostgreSQL as an entry of the configuration of its own. Without
 * a policy: schedules would start operations between those of a test.
 */
export async function databaseEntry(
  fleet: LocalFleet,
  change: DatabaseChange = {},
): Promise<object> {
  const { databaseOps } = await fleet.configuration();
  const entry = databaseOps.databases[TIMESCALE] as {
    readonly postgresql: Record<string, object>;
  };
  const { pgbackrest, restore } = entry.postgresql;
  return {
    ...entry,
    policy: 'observed',
    ...(change.repository && { repository: change.repository }),
    postgresql: {
      ...entry.postgresql,
      pgbackrest: { ...pgbackrest, ...change.pgbackrest },
      restore: { ...restore, ...change.restore },
    },
  };
}
