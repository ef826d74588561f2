import { LoggerService } from '@backstage/backend-plugin-api';
import { JsonObject } from '@backstage/types';
import {
  Backup,
  OperationProgress,
  Proof,
  RestoredInstance,
  RestoreMode,
} from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition, RepositoryDefinition } from '../databases/types';
import { ExpireOutcome, ExpireRequest } from '../expiry/types';
import { Inventory } from '../inventory/types';
import { ProcessRunner } from '../process/ProcessRunner';
import { RotationOutcome } from '../rotation/types';
import { ObjectStore } from '../store/ObjectStore';
import { MaintainOutcome } from './maintenance';

/**
 * What a verb is given when a worker carries it out.
 *
 * @public
 */
export interface RunContext {
  readonly operationId: string;
  readonly requestedBy: string;
  /** Of the database, when it has one. */
  readonly policyName?: string;
  readonly logger: LoggerService;
  /** Aborts on cancel, on a time-out and when the lease is lost. */
  readonly signal: AbortSignal;
  /** Percent never goes back; a lower one is ignored. */
  readonly progress: (progress: OperationProgress) => void;
  readonly store: ObjectStore;
  readonly processes: ProcessRunner;
  readonly clock: () => Date;
  /** A private folder (0700) of this operation, removed when the worker ends. */
  readonly workDirectory: string;
}

/**
 * A database with the repository that the verb works on. A worker is given no
 * other repository of the database: one that does not answer cannot hold up
 * work on another, and a proof is about one alone.
 *
 * @public
 */
export interface OperateTarget<TConfig> {
  readonly database: DatabaseDefinition<TConfig>;
  readonly repository: RepositoryDefinition;
}

/**
 * What `backup` gives: the backup as read back from the repository.
 *
 * @public
 */
export interface BackupOutcome {
  readonly backup: Backup;
  /** What the repository holds after it, where the engine read that anyway; read again by `inventory` when absent. */
  readonly inventory?: Inventory;
  /** Why it is not what was asked for, in a sentence: a base was missing, for example. */
  readonly note?: string;
}

/**
 * What `restore` made; stored by the portal as a RestoredInstance.
 *
 * @public
 */
export interface RestoreOutcome {
  /** `new-place` when absent. */
  readonly mode?: RestoreMode;
  readonly backupId: string;
  readonly moment?: {
    readonly time: string;
    readonly lsn?: string;
    readonly timeline?: number;
  };
  readonly state: 'recovering' | 'paused' | 'running';
  readonly directory: string;
  readonly sizeBytes?: number;
  readonly expiresAt: string;
  readonly connection: {
    readonly host?: string;
    readonly port?: number;
    readonly socketDirectory?: string;
    readonly database?: string;
    readonly username?: string;
    readonly command?: string;
    readonly note?: string;
  };
  /** Facts by content: system identifier, counts, versions. */
  readonly facts: JsonObject;
}

/**
 * What became of a restored instance by `advance` or `promote`; what is absent
 * is as before.
 *
 * @public
 */
export interface InstanceOutcome {
  readonly state: RestoredInstance['state'];
  readonly moment?: RestoreOutcome['moment'];
  readonly connection?: RestoreOutcome['connection'];
  readonly sizeBytes?: number;
  /** Facts that are added to those it had. */
  readonly facts?: JsonObject;
}

/**
 * Identifies what a restore made, for advance, promote and discard.
 *
 * @public
 */
export interface RestoredInstanceReference {
  readonly restoredInstanceId: string;
  readonly directory: string;
  readonly facts: JsonObject;
}

/**
 * What `verify` established, found right or wrong: a verification that could
 * be carried out has an outcome, whatever it found. `proved` only when every
 * check passed; one that was skipped makes it `partial`.
 *
 * @public
 */
export interface VerifyOutcome {
  readonly proof: Omit<Proof, 'id' | 'databaseId' | 'operationId'>;
}

/**
 * The part of an engine that only a worker runs. A verb that an engine lacks
 * is absent, and absent from its capabilities.
 *
 * @public
 */
export interface EngineOperation<TConfig> {
  /** Reads the repository. Idempotent. */
  inventory?(
    target: OperateTarget<TConfig>,
    context: RunContext,
  ): Promise<Inventory>;
  /** Takes a backup of a type from the capabilities; success is judged by reading it back. */
  backup?(
    target: OperateTarget<TConfig>,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<BackupOutcome>;
  /** Restores to a new place; refuses one that is not empty. A failed or aborted restore leaves nothing running. */
  restore?(
    target: OperateTarget<TConfig>,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<RestoreOutcome>;
  /** Verifies at a depth from the capabilities; leaves nothing behind, never touches the source. */
  verify?(
    target: OperateTarget<TConfig>,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<VerifyOutcome>;
  /** Moves a paused instance to a later moment; an earlier one is refused. It stays as it was when that is refused. */
  advance?(
    target: OperateTarget<TConfig>,
    instance: RestoredInstanceReference,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<InstanceOutcome>;
  /** Makes a server of its own of an instance, protected by backups of its own. Idempotent: a killed one is carried on. */
  promote?(
    target: OperateTarget<TConfig>,
    instance: RestoredInstanceReference,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<InstanceOutcome>;
  /**
   * Removes exactly the backups that the request names, and log before the
   * moment that it names. The worker has seen that the plan holds and reads
   * the repository again afterwards. Idempotent: what is gone already is done.
   */
  expire?(
    target: OperateTarget<TConfig>,
    request: ExpireRequest,
    context: RunContext,
  ): Promise<ExpireOutcome>;
  /**
   * Maintenance of the named objects, one after the other; of those that the
   * preview suggests when none is named. A cancelled one leaves nothing half
   * made behind.
   */
  maintain?(
    target: OperateTarget<TConfig>,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<MaintainOutcome>;
  /**
   * Renews a credential that the capabilities offer. Wherever it is
   * interrupted a working credential stays, and the next one finishes it.
   */
  rotate?(
    target: OperateTarget<TConfig>,
    parameters: JsonObject,
    context: RunContext,
  ): Promise<RotationOutcome>;
  /** Ends a restored instance and removes everything that the restore made. Idempotent. */
  discard?(
    target: OperateTarget<TConfig>,
    instance: RestoredInstanceReference,
    context: RunContext,
  ): Promise<void>;
}
