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
