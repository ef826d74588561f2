import { JsonObject, JsonValue } from '@backstage/types';
import {
  DatabaseDefinition,
  RepositoryDefinition,
} from '../../databases/types';
import { Engine, RestoreOutcome } from '../../engine/types';
import { Executor, WorkerHandle } from '../../executor/types';

/**
 * An executor on this machine whose workers' processes can be looked at.
 *
 * @public
 */
export interface InspectableExecutor extends Executor {
  /** The process that leads the worker's process group. */
  processIdOf(handle: WorkerHandle): Promise<number>;
}

/**
 * What the operate part of the kit works with.
 *
 * @public
 */
export interface OperateSubject {
  readonly repository: RepositoryDefinition;
  readonly executor: InspectableExecutor;
  /** Parameters of a backup; `{ type: 'full' }` when absent. */
  readonly backupParameters?: JsonObject;
  /** Parameters of a backup long enough to be interrupted; those of a backup when absent. */
  readonly slowBackupParameters?: JsonObject;
  /** Parameters of a restore; `{ kind: 'latest' }` when absent. */
  readonly restoreParameters?: JsonObject;
  /** Time that one operation may take; 180 when absent. */
  readonly timeoutSeconds?: number;
  /** Ids of the backups as the repository lists them when asked without the engine. */
  listBackups?(): Promise<readonly string[]>;
  /** Puts something where the restore of that operation would go. */
  occupyRestorePlace?(operationId: string): Promise<void>;
  /** Whether anything of a restored instance is left: a process, a file, a port. */
  isLeft?(restored: RestoreOutcome): Promise<boolean>;
}

/**
 * A real server for the kit to work on.
 *
 * @public
 */
export interface ConformanceSubject<TConfig> {
  readonly database: DatabaseDefinition<TConfig>;
  /** The same one with credentials that the server refuses. */
  readonly refused: DatabaseDefinition<TConfig>;
  /** Every secret that must appear nowhere. */
  readonly secrets: readonly string[];
  /** Absent for engines without verbs. */
  readonly operate?: OperateSubject;
  close(): Promise<void>;
}

/**
 * Which engine is run through the kit.
 *
 * @public
 */
export interface EngineConformanceOptions<TConfig> {
  readonly engine: Engine<TConfig>;
  /** The specifier under which a worker loads the engine. */
  readonly engineModule: string;
  /** A configuration with one wrong key, and that key below its path. */
  readonly wrongConfig: { readonly raw: JsonValue; readonly key: string };
  /** Brings the servers up; called once. */
  readonly prepare: () => Promise<ConformanceSubject<TConfig>>;
}
