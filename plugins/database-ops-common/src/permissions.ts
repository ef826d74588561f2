import { createPermission } from '@backstage/plugin-permission-common';

/**
 * The one resource type: whatever belongs to a database (health, backups,
 * operations, audit events) is authorised through that database.
 *
 * @public
 */
export const RESOURCE_TYPE_DATABASE = 'database-ops-database';

/**
 * See a database: health, backups, operations, alerts, panels.
 *
 * @public
 */
export const databaseReadPermission = createPermission({
  name: 'database-ops.database.read',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Start and cancel operations that neither open restored data nor remove
 * backups: inventory, backup, verify, maintain, rotate, archive, apply.
 *
 * @public
 */
export const databaseRunPermission = createPermission({
  name: 'database-ops.database.run',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Start and cancel restore, advance, promote and discard.
 *
 * @public
 */
export const databaseRestorePermission = createPermission({
  name: 'database-ops.database.restore',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Decide, as a second person, on what others requested of a database. Who may
 * be that person says the database's policy too.
 *
 * @public
 */
export const databaseApprovePermission = createPermission({
  name: 'database-ops.database.approve',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Decide what of a database's backups stays: start and cancel expire, set and
 * end pins and legal holds.
 *
 * @public
 */
export const databaseRetainPermission = createPermission({
  name: 'database-ops.database.retain',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Read the data of paused restored copies of a database, one statement at a
 * time. Its action is no `read`: a policy that lets everybody see databases
 * must not open their data.
 *
 * @public
 */
export const databaseQueryPermission = createPermission({
  name: 'database-ops.database.query',
  attributes: { action: 'update' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Read the audit events of a database.
 *
 * @public
 */
export const databaseAuditPermission = createPermission({
  name: 'database-ops.database.audit',
  attributes: { action: 'read' },
  resourceType: RESOURCE_TYPE_DATABASE,
});

/**
 * Pause and resume the queue of all databases. About no single database: a
 * policy that allows by ownership must not allow it.
 *
 * @public
 */
export const databaseOpsPausePermission = createPermission({
  name: 'database-ops.pause',
  attributes: { action: 'update' },
});

/**
 * Every permission of the plugin that is about a database.
 *
 * @public
 */
export const databaseOpsPermissions = [
  databaseReadPermission,
  databaseRunPermission,
  databaseRestorePermission,
  databaseApprovePermission,
  databaseRetainPermission,
  databaseAuditPermission,
  databaseQueryPermission,
];
