/**
 * Database Operations: the Redis engine.
 *
 * @packageDocumentation
 */
export { databaseOpsModuleRedis as default } from './module';
