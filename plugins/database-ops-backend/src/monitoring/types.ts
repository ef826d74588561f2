import {
  DatabaseService,
  LifecycleService,
  LoggerService,
  RootConfigService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import {
  DatabaseOpsSignal,
  OperationKind,
  OperationState,
  Signal,
} from 'backstage-plugin-database-ops-common';
import { AlertsReader } from '../alerts/types';
import { AuditLog } from '../audit/AuditLog';
import { BackupReader, FollowedInventories } from '../backups/types';
import { ReachableNotes } from '../health/repositorySignals';
import { DatabaseCatalog, ReadyDatabase } from '../databases/types';
import { FreshnessReader } from '../freshness/types';
import { HealthReader } from '../health/types';
import { Announcements } from '../notify/Announcements';
import { PanelsReader } from '../panels/types';

/** A number of operations, for metrics. */
export interface OperationCount {
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly state: OperationState;
  readonly count: number;
}

/** Counts over the operations table. */
export interface OperationCounter {
  countByState(): Promise<readonly OperationCount[]>;
}

/** A fact of a database that only the plugin's own tables know; judged with the engine's signals. */
export interface SignalSource {
  /** Of the signal that says why, when the fact could not be read. */
  readonly id: string;
  readonly title: string;
  /** None where there is nothing to be said. */
  read(database: ReadyDatabase, now: Date): Promise<readonly Signal[]>;
}

/**
 * What the monitoring half of the plugin is built from. `health/createMonitoring.ts`
 * exports `createMonitoring(dependencies): Promise<Monitoring>`; migrations
 * have run when it is called.
 */
export interface MonitoringDependencies {
  readonly config: RootConfigService;
  readonly logger: LoggerService;
  readonly lifecycle: LifecycleService;
  readonly scheduler: SchedulerService;
  readonly database: DatabaseService;
  readonly databases: DatabaseCatalog;
  readonly backups: BackupReader & ReachableNotes & FollowedInventories;
  readonly operations: OperationCounter;
  readonly signalSources: readonly SignalSource[];
  /** Take what health saw happen. */
  readonly audit: Pick<AuditLog, 'append'>;
  readonly announcements: Announcements;
  /** Tells browsers that something changed; ids only. */
  readonly publish: (signal: DatabaseOpsSignal) => void;
}

/** The monitoring half as the HTTP API reads it. */
export interface Monitoring {
  readonly health: HealthReader;
  readonly freshness: FreshnessReader;
  readonly alerts: AlertsReader;
  readonly panels: PanelsReader;
  /** Starts loops and registers metrics. */
  start(): Promise<void>;
}
