import { createRouteRef, createSubRouteRef } from '@backstage/core-plugin-api';

/** The fleet page; the other pages live below it. */
export const rootRouteRef = createRouteRef({ id: 'database-ops' });

/** The entity page's tab. */
export const entityContentRouteRef = createRouteRef({
  id: 'database-ops:entity',
});

export const operationRouteRef = createSubRouteRef({
  id: 'database-ops:operation',
  parent: rootRouteRef,
  path: '/operations/:operationId',
});

export const auditRouteRef = createSubRouteRef({
  id: 'database-ops:audit',
  parent: rootRouteRef,
  path: '/audit',
});

export const policiesRouteRef = createSubRouteRef({
  id: 'database-ops:policies',
  parent: rootRouteRef,
  path: '/policies',
});

/** A database's own page, for databases without a catalog entity. */
export const databaseRouteRef = createSubRouteRef({
  id: 'database-ops:database',
  parent: rootRouteRef,
  path: '/by-id/:databaseId',
});

/** What waits for a second person. */
export const approvalsRouteRef = createSubRouteRef({
  id: 'database-ops:approvals',
  parent: rootRouteRef,
  path: '/approvals',
});

/** Where backups live, what it costs and what is wrong with it. */
export const repositoriesRouteRef = createSubRouteRef({
  id: 'database-ops:repositories',
  parent: rootRouteRef,
  path: '/repositories',
});
