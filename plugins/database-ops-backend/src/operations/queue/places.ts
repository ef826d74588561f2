// How many operations run at the same time, and where.
import { OperationRow } from '../rows';
import { URGENT_PRIORITY, WRITING_KINDS } from './priorities';

/** `databaseOps.concurrency`. */
export interface ConcurrencyLimits {
  /** Over all portals of this database. */
  readonly total: number;
  readonly perRepository: number;
  readonly perHost: number;
}

/** What is asked of a running operation here. */
export type RunningOperation = Pick<
  OperationRow,
  'database_id' | 'kind' | 'priority' | 'repository_id' | 'executor_host'
>;

/** Which places are taken, seen from one host, for operations of one urgency. */
export interface TakenPlaces {
  readonly total: boolean;
  readonly host: boolean;
  readonly repositoryIds: readonly string[];
}

/**
 * Counts what runs. A restore does not wait for backups to end: only urgent
 * operations take the places of urgent ones.
 */
export function takenPlaces(
  running: readonly RunningOperation[],
  options: {
    readonly limits: ConcurrencyLimits;
    readonly host: string;
    readonly urgent: boolean;
  },
): TakenPlaces {
  const { limits, host, urgent } = options;
  const counted = running.filter(
    ({ priority }) => !urgent || priority === URGENT_PRIORITY,
  );
  const byRepository = new Map<string, number>();
  for (const { repository_id: id } of counted) {
    if (id !== null) {
      byRepository.set(id, (byRepository.get(id) ?? 0) + 1);
    }
  }
  return {
    total: counted.length >= limits.total,
    host:
      counted.filter(row => row.executor_host === host).length >=
      limits.perHost,
    repositoryIds: [...byRepository].flatMap(([id, count]) =>
      count >= limits.perRepository ? id : [],
    ),
  };
}

/** Databases whose part of a repository has its one writer. */
export function databasesBeingWritten(
  running: readonly RunningOperation[],
): readonly string[] {
  return running
    .filter(({ kind }) => WRITING_KINDS.includes(kind))
    .map(row => row.database_id);
}

/** Reads what runs. */
export const RUNNING_COLUMNS = [
  'database_id',
  'kind',
  'priority',
  'repository_id',
  'executor_host',
] as const;
