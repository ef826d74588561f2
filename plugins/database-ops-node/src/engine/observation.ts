import { LoggerService } from '@backstage/backend-plugin-api';
import { JsonObject } from '@backstage/types';
import {
  Backup,
  MaintenancePreview,
  RestoreMode,
  Signal,
} from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition, RepositoryDefinition } from '../databases/types';
import { InspectionContext } from '../host/types';
import { Inventory, LogContinuation } from '../inventory/types';
import type { EngineInsight, QueryRestored } from './insight';
import { OperateTarget, RestoredInstanceReference } from './operation';

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
