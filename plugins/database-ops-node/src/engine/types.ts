import { LoggerService } from '@backstage/backend-plugin-api';
import { JsonObject, JsonValue } from '@backstage/types';
import {
  Backup,
  EngineCapabilities,
  HealthReport,
  MaintenancePreview,
  OperationProgress,
  Proof,
  Reachability,
  RecoveryWindow,
  RestoredInstance,
  RestoreMode,
  Signal,
} from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition, RepositoryDefinition } from '../databases/types';
import { ExpireOutcome, ExpireRequest } from '../expiry/types';
import { HostConfiguration, HostFacts, InspectionContext } from '../host/types';
import { Inventory, LogContinuation } from '../inventory/types';
import { RotationOutcome } from '../rotation/types';
import { ObjectStore } from '../store/ObjectStore';
import { ProcessRunner } from '../process/ProcessRunner';
import type { EngineInsight, QueryRestored } from './insight';
import { MaintainOutcome } from './maintenance';

/**
 * A member of a database as people name it.
 *
 * @public
 */
export interface DatabaseMember {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/**
 * The pure part of an engine: no I/O, so that portal, worker and command line
 * may all ask it.
 *
 * @public
 */
export interface EngineDescription<TConfig> {
  /** For example `postgresql`; the key under a database in configuration that the engine owns. */
  readonly kind: string;
  readonly title: string;
  /**
   * Parses the engine's key of a database.
   *
   * @param raw - the value under `databaseOps.databases.<id>.<kind>`
   * @param path - that path, to be named in errors
   * @throws InputError naming the path of the key and what was expected
   */
  readConfig(raw: JsonValue | undefined, path: string): TConfig;
  members(config: TConfig): readonly DatabaseMember[];
  capabilities(config: TConfig): EngineCapabilities;
  /** What a database can be restored to, as the inventory and the last health report state it. */
  recoveryWindow(
    databaseId: string,
    inventory: Inventory | undefined,
    health?: HealthReport,
  ): RecoveryWindow;
  /**
   * Whether what a restore's parameters name can be reached, by the inventory
   * alone. The API refuses what is not; a worker asks again with the inventory
   * of its moment. Engines without it offer backups only.
   *
   * @param parameters - those of a restore, for example `{ kind: 'time', time }`
   * @throws InputError when a parameter cannot be read
   */
  resolve?(
    databaseId: string,
    inventory: Inventory,
    parameters: JsonObject,
  ): Resolution;
  /** What the database's own host has to be set up with, explained line by line. */
  hostConfiguration?(
    database: DatabaseDefinition<TConfig>,
    repositories: readonly RepositoryDefinition[],
    facts: HostFacts,
  ): HostConfiguration;
}

/**
 * What a request for a moment comes to.
 *
 * @public
 */
export interface Resolution extends Reachability {
  /**
   * Parameters that name exactly this moment, whatever is archived later:
   * what is approved is what is restored. Absent when it cannot be reached.
   */
  readonly parameters?: JsonObject;
}

/**
 * What checks of one database are given.
 *
 * @public
 */
export interface ObserveContext {
  readonly logger: LoggerService;
  /** Aborts when the check's time is up. */
  readonly signal: AbortSignal;
  /** Ids of the database's repositories that do not answer now; asked for only where it matters. */
  readonly unreachableRepositories?: () => Promise<readonly string[]>;
  /** Signals of the last report, whichever process made it: what changed since is seen against them. */
  readonly previous?: readonly Signal[];
}

/**
 * Watches one database over the network. Keeps its connections between
 * checks; a broken one is thrown away, never handed out again.
 *
 * @public
 */
export interface DatabaseObserver {
  /**
   * Every signal of the database. Never throws for a check that failed: that
   * signal is `unknown` with the reason.
   */
  checkHealth(context: ObserveContext): Promise<HealthFindings>;
  /**
   * How far the log goes on behind an inventory, asked of the repository after
   * a check; `undefined` when nothing can be said beyond the inventory. Engines
   * without it leave the window where the last inventory saw it.
   *
   * @throws OperationFailedError when the repository does not answer
   */
  followLog?(
    repository: RepositoryDefinition,
    inventory: Inventory,
  ): Promise<LogContinuation | undefined>;
  close(): Promise<void>;
}

/**
 * Something that happened to a database between two reports, with both sides.
 *
 * @public
 */
export interface HealthEvent {
  readonly kind: 'failover' | 'configuration-changed';
  readonly member: string;
  readonly sentence: string;
  readonly before: JsonObject;
  readonly after: JsonObject;
}

/**
 * What {@link DatabaseObserver.checkHealth} found.
 *
 * @public
 */
export interface HealthFindings {
  readonly signals: readonly Signal[];
  /** What happened since the last report; each is recorded once. */
  readonly events?: readonly HealthEvent[];
  /** For example `PostgreSQL 15.20 + TimescaleDB 2.23.1`, when a server said so. */
  readonly engineVersion?: string;
}

/**
 * How to open an interactive session. Credentials stand in `env` or `files`,
 * never in `args`.
 *
 * @public
 */
export interface ConnectCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Environment of that one child. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Private files (mode 0600) to be written to a fresh folder before and
   * removed after; `{folder}` in args, env and file contents is replaced by it.
   */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * What is about to be done.
 *
 * @public
 */
export interface BlastRadiusQuestion {
  readonly kind: 'restore' | 'promote' | 'discard';
  /** Of the restore, or of what a restore made; `new-place` when absent. */
  readonly mode?: RestoreMode;
  /** What is to be promoted or discarded. */
  readonly instance?: RestoredInstanceReference;
}

/**
 * The part of an engine that runs in the portal: network only, no tools.
 *
 * @public
 */
export interface EngineObservation<TConfig> {
  createObserver(database: DatabaseDefinition<TConfig>): DatabaseObserver;
  connectCommand(
    database: DatabaseDefinition<TConfig>,
    options?: { readonly member?: string },
  ): ConnectCommand;
  /**
   * Who would notice if the database were replaced now: connections by
   * application, replication consumers. Never throws for a fact that could not
   * be read: that one is `unknown` with the reason.
   */
  blastRadius?(
    database: DatabaseDefinition<TConfig>,
    context: ObserveContext,
    question?: BlastRadiusQuestion,
  ): Promise<readonly Signal[]>;
  /**
   * What a maintenance action of the capabilities would do now, and what
   * stands in its way. Changes nothing.
   */
  maintenancePreview?(
    database: DatabaseDefinition<TConfig>,
    action: string,
    context: ObserveContext,
  ): Promise<MaintenancePreview>;
  /** Statements and sessions; engines without it have none to show. */
  readonly insight?: EngineInsight<TConfig>;
  /** Reads restored copies that wait at their target. */
  readonly queryRestored?: QueryRestored<TConfig>;
  /**
   * Shell commands that restore a backup without this software; secrets appear
   * as environment variables to be set.
   *
   * @param parameters - of a {@link Resolution}: a moment behind the backup's end
   */
  breakGlass?(
    database: DatabaseDefinition<TConfig>,
    repository: RepositoryDefinition,
    backup: Backup,
    parameters?: JsonObject,
  ): readonly string[];
  /**
   * Whether database and host are set up as this software needs it, seen from
   * outside. Never throws for a fact that could not be read.
   */
  inspectHost?(
    target: OperateTarget<TConfig>,
    context: InspectionContext,
  ): Promise<readonly Signal[]>;
}

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

/**
 * An engine: pure description, observation in the portal, operation in the worker.
 *
 * @public
 */
export interface Engine<TConfig = unknown> {
  readonly describe: EngineDescription<TConfig>;
  readonly observe: EngineObservation<TConfig>;
  readonly operate: EngineOperation<TConfig>;
}
