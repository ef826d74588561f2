import { OperationKind } from 'backstage-plugin-database-ops-common';
import { Config } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import { Duration } from 'luxon';
import { HistorySettings } from '../operations/pruneHistory';
import { parseAt } from './keyPath';
import {
  concurrencySchema,
  executorSchema,
  historySchema,
  operatorsSchema,
  reconciliationSchema,
  servicesSchema,
  watchSchema,
} from './schemas';

/** What a service principal may start. */
export interface ServiceRight {
  readonly subject: string;
  readonly databases: readonly string[];
  readonly kinds: readonly OperationKind[];
}

/** Settings of the plugin as a whole; a wrong one stops the plugin with its path. */
export interface Settings {
  readonly repositories: JsonObject;
  readonly policies: JsonObject;
  readonly databases: JsonObject;
  readonly services: readonly ServiceRight[];
  /** How long operations that ended, and what their workers said, are kept. */
  readonly history: HistorySettings;
  /** Entity references of who is told of what belongs to no database. */
  readonly operators: readonly string[];
  readonly executor: {
    readonly type: string;
    readonly stateDirectory?: string;
    /** Lease of a repository that workers take. */
    readonly leaseSeconds: number;
    /** How long another host's silence is waited for. */
    readonly heartbeatSeconds: number;
    /** How long an operation waits for the one host that may run it. */
    readonly absentHostSeconds: number;
    /** How long a worker may be silent until people are told. */
    readonly stuckAfterSeconds: number;
    /** How long a worker may be silent until it is ended. */
    readonly stuckEndSeconds: number;
    readonly timeoutSeconds: (kind: OperationKind) => number;
  };
  readonly concurrency: {
    readonly total: number;
    readonly perRepository: number;
    readonly perHost: number;
  };
  readonly reconciliation: { readonly intervalSeconds: number };
  readonly watch: {
    readonly intervalSeconds: number;
    /** How long a background loop may be silent. */
    readonly silentAfterSeconds: number;
    /** How long after its start a due run may be undecided. */
    readonly graceSeconds: number;
  };
}

/** Longest run of a kind when configuration states none: a large full backup takes hours, a discard does not. */
const DEFAULT_TIMEOUT_SECONDS: Partial<Record<OperationKind, number>> = {
  inventory: 600,
  discard: 900,
};
const LONG_TIMEOUT_SECONDS = 6 * 3600;

function section(config: Config, key: string): JsonObject {
  return (
    config.getOptionalConfig(`databaseOps.${key}`)?.get<JsonObject>() ?? {}
  );
}

/** @throws ConfigurationError naming the wrong key. */
export function readSettings(config: Config): Settings {
  const { timeouts, ...executor } = parseAt(
    executorSchema,
    config.getOptional('databaseOps.executor'),
    'databaseOps.executor',
  );
  return {
    repositories: section(config, 'repositories'),
    policies: section(config, 'policies'),
    databases: section(config, 'databases'),
    services: parseAt(
      servicesSchema,
      config.getOptional('databaseOps.services'),
      'databaseOps.services',
    ),
    history: parseAt(
      historySchema,
      config.getOptional('databaseOps.history'),
      'databaseOps.history',
    ),
    operators: parseAt(
      operatorsSchema,
      config.getOptional('databaseOps.operators'),
      'databaseOps.operators',
    ),
    executor: {
      ...executor,
      timeoutSeconds: kind => {
        const configured = timeouts[kind];
        return configured === undefined
          ? (DEFAULT_TIMEOUT_SECONDS[kind] ?? LONG_TIMEOUT_SECONDS)
          : Duration.fromISO(configured).as('seconds');
      },
    },
    concurrency: parseAt(
      concurrencySchema,
      config.getOptional('databaseOps.concurrency'),
      'databaseOps.concurrency',
    ),
    watch: parseAt(
      watchSchema,
      config.getOptional('databaseOps.watch'),
      'databaseOps.watch',
    ),
    reconciliation: parseAt(
      reconciliationSchema,
      config.getOptional('databaseOps.reconciliation'),
      'databaseOps.reconciliation',
    ),
  };
}
