/**
 * Database Operations: HTTP API, operations, policies, health loop, audit, alerts, panels.
 *
 * @packageDocumentation
 */
export { databaseOpsPlugin as default } from './plugin';
export {
  createDatabaseConditionalDecision,
  databaseConditions,
  databaseResourceRef,
  databaseRules,
} from './permissions/databaseResource';
export type {
  DatabaseResource,
  DatabaseResourceFilter,
} from './permissions/databaseResource';
