/**
 * Database Operations: the pages, cards and dialogs, for the legacy frontend
 * system. The new one finds its plugin in `backstage-plugin-database-ops/alpha`.
 *
 * @packageDocumentation
 */
export {
  databaseOpsPlugin,
  DatabasesPage,
  EntityDatabaseContent,
  EntityDatabaseFreshnessCard,
  EntityDatabaseHealthCard,
  EntityDatabaseOperationsCard,
} from './plugin';
export { isDatabaseAvailable } from './entity/entityDatabase';
export { databaseOpsApiRef } from './api/DatabaseOpsApi';
export type {
  DatabaseOpsApi,
  PageRequest,
  PanelRange,
} from './api/DatabaseOpsApi';
export { DatabaseOpsClient } from './api/DatabaseOpsClient';
