/**
 * Database Operations: the ZooKeeper engine.
 *
 * @packageDocumentation
 */
export { databaseOpsModuleZooKeeper as default } from './module';
