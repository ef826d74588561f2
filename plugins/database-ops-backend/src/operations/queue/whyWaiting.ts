// Why a queued operation has not started, in words for the person who waits.
import { MaintenanceMode } from 'backstage-plugin-database-ops-common';
import {
  GLOBAL_SCOPE,
  PASSING_KINDS,
} from '../../maintenance/MaintenanceModes';
import { OperationRow } from '../rows';
import {
  ConcurrencyLimits,
  RunningOperation,
  databasesBeingWritten,
  takenPlaces,
} from './places';
import { URGENT_PRIORITY, WRITING_KINDS } from './priorities';

/** What is asked of a queued operation. */
export type QueuedOperation = Pick<
  OperationRow,
  | 'database_id'
  | 'kind'
  | 'priority'
  | 'repository_id'
  | 'placement_host'
  | 'not_before_ms'
  | 'requested_by'
>;

/** What the queue looks like now, seen from a host. */
export interface QueueView {
  readonly running: readonly RunningOperation[];
  readonly modes: readonly MaintenanceMode[];
  readonly limits: ConcurrencyLimits;
  readonly host: string;
  readonly now: Date;
}

/** Whether a person's request goes on in spite of the database's maintenance mode. */
function passesMaintenance(row: QueuedOperation): boolean {
  return (
    PASSING_KINDS.includes(row.kind) && row.requested_by.startsWith('user:')
  );
}

/** Gives `undefined` for one that is next, or waits for its turn only. */
export function whyWaiting(
  row: QueuedOperation,
  view: QueueView,
): string | undefined {
  return whyPaused(row, view) ?? whyNotYet(row, view) ?? whyNoPlace(row, view);
}

function whyPaused(
  row: QueuedOperation,
  { modes }: QueueView,
): string | undefined {
  const mode =
    modes.find(({ scope }) => scope === GLOBAL_SCOPE) ??
    (passesMaintenance(row)
      ? undefined
      : modes.find(({ scope }) => scope === row.database_id));
  return (
    mode &&
    `The queue of ${mode.scope === GLOBAL_SCOPE ? 'all databases' : 'this database'} is paused until ${mode.until}: ${mode.reason}`
  );
}

function whyNotYet(row: QueuedOperation, view: QueueView): string | undefined {
  if (
    row.not_before_ms !== null &&
    Number(row.not_before_ms) > view.now.getTime()
  ) {
    return `It is not to start before ${new Date(Number(row.not_before_ms)).toISOString()}.`;
  }
  if (row.placement_host !== null && row.placement_host !== view.host) {
    return `Only the portal on ${row.placement_host} may start it.`;
  }
  if (
    WRITING_KINDS.includes(row.kind) &&
    databasesBeingWritten(view.running).includes(row.database_id)
  ) {
    return 'Another operation writes to the part of the repository of this database.';
  }
  return undefined;
}

function whyNoPlace(row: QueuedOperation, view: QueueView): string | undefined {
  const taken = takenPlaces(view.running, {
    ...view,
    urgent: row.priority === URGENT_PRIORITY,
  });
  if (taken.total) {
    return `All ${view.limits.total} places are taken (databaseOps.concurrency.total).`;
  }
  if (taken.host) {
    return `All ${view.limits.perHost} places on ${view.host} are taken (databaseOps.concurrency.perHost).`;
  }
  if (
    row.repository_id !== null &&
    taken.repositoryIds.includes(row.repository_id)
  ) {
    return `All ${view.limits.perRepository} places of repository '${row.repository_id}' are taken (databaseOps.concurrency.perRepository).`;
  }
  return undefined;
}
