/**
 * Database Operations: the PostgreSQL engine.
 *
 * @packageDocumentation
 */
export { databaseOpsModulePostgresql as default } from './module';
export type {
  CanaryConfig,
  PgBackRestConfig,
  PostgresqlConfig,
  RestoreConfig,
} from './config';
export type { RotationConfig } from './rotation/config';
export type { ConfiguredThresholds } from './health/Limits';
export type { HighAvailabilityConfig, InPlaceConfig } from './in-place/config';
export type { QueryBoxConfig } from './insight/config';
export type { MaintenanceConfig } from './maintenance/config';
export type { PgBackRestHost } from './pgbackrest/hosts';
