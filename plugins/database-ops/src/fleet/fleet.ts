import { Database, HealthStatus } from 'backstage-plugin-database-ops-common';
import { DatabaseOpsApi } from '../api/DatabaseOpsApi';
import { firstRows } from '../api/pages';
import { secondsSince } from '../time/format';

/** Health is checked every 30 s; without a check for this long it is old. */
const STALE_AFTER_SECONDS = 120;

export const FLEET_FILTERS = [
  'engine',
  'owner',
  'status',
  'freshness',
] as const;

export type FleetFilter = (typeof FLEET_FILTERS)[number];

export type FleetFilters = Readonly<Partial<Record<FleetFilter, string>>>;

export type FleetColumn =
  'worst' | 'database' | 'engine' | 'restorable' | 'proof' | 'owner';

const SEVERITY: Record<HealthStatus, number> = {
  down: 0,
  degraded: 1,
  unknown: 2,
  healthy: 3,
};

/** Every database that the viewer may read, over all pages. */
export async function loadFleet(api: DatabaseOpsApi): Promise<Database[]> {
  const list = await firstRows(Infinity, page => api.getDatabases(page));
  return list.items;
}

/** What a database says in a filter's column. */
export function filterValue(database: Database, filter: FleetFilter): string {
  switch (filter) {
    case 'engine':
      return database.engine;
    case 'owner':
      return database.owner ?? '';
    case 'status':
      return database.status;
    default:
      return database.freshness.state;
  }
}

export function matches(database: Database, filters: FleetFilters): boolean {
  return FLEET_FILTERS.every(
    filter =>
      filters[filter] === undefined ||
      filters[filter] === filterValue(database, filter),
  );
}

function byWorst(a: Database, b: Database): number {
  return (
    SEVERITY[a.status] - SEVERITY[b.status] ||
    Number(b.freshness.state === 'missed') -
      Number(a.freshness.state === 'missed') ||
    (b.alertCount ?? 0) - (a.alertCount ?? 0) ||
    a.id.localeCompare(b.id)
  );
}

/** The rows in the order of a column; a database never restorable comes last. */
export function sortFleet(
  databases: readonly Database[],
  column: FleetColumn,
): Database[] {
  const text = (read: (database: Database) => string) =>
    [...databases].sort(
      (a, b) => read(a).localeCompare(read(b)) || byWorst(a, b),
    );
  switch (column) {
    case 'database':
      return text(database => database.id);
    case 'engine':
      return text(database => database.engine);
    case 'owner':
      return text(database => database.owner ?? '\uffff');
    case 'restorable':
      return text(database => database.freshness.restorableTo ?? '');
    case 'proof':
      return text(database => database.lastProof?.endedAt ?? '');
    default:
      return [...databases].sort(byWorst);
  }
}

/** Whether what is shown of a database was not renewed lately. */
export function isOld(database: Database, now: number): boolean {
  return (
    database.observedAt === undefined ||
    secondsSince(database.observedAt, now) > STALE_AFTER_SECONDS
  );
}

/** How many databases have each value of a filter's column. */
export function countBy(
  databases: readonly Database[],
  filter: FleetFilter,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const database of databases) {
    const value = filterValue(database, filter);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}
