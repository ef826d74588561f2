import { JsonObject, JsonValue } from '@backstage/types';
import {
  EngineCapabilities,
  HealthReport,
  OperationKind,
  Reachability,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { DatabaseDefinition, RepositoryDefinition } from '../databases/types';
import { HostConfiguration, HostFacts } from '../host/types';
import { Inventory } from '../inventory/types';

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
  /**
   * How long an operation of these parameters may need, when it is cancelled
   * or takes too long, to put back what it took away. It is ended by force
   * only after that; 20 s when absent or less, two hours when more.
   */
  abortGraceSeconds?(
    config: TConfig,
    operation: {
      readonly kind: OperationKind;
      readonly parameters: JsonObject;
    },
  ): number;
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
