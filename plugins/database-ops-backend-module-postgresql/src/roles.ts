/**
 * The roles that the PostgreSQL engine uses, as SQL.
 *
 * @packageDocumentation
 */
export {
  canarySql,
  maintenanceRoleSql,
  monitoringRoleSql,
  queryBoxRoleSql,
} from './host-setup/roles';
export type { RoleStatement } from './host-setup/roles';
