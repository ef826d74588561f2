/**
 * Database Operations: the Kafka engine.
 *
 * @packageDocumentation
 */
export { databaseOpsModuleKafka as default } from './module';
