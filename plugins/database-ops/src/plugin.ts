import {
  createApiFactory,
  createComponentExtension,
  createPlugin,
  createRoutableExtension,
  discoveryApiRef,
  fetchApiRef,
} from '@backstage/core-plugin-api';
import { databaseOpsApiRef } from './api/DatabaseOpsApi';
import { DatabaseOpsClient } from './api/DatabaseOpsClient';
import { entityContentRouteRef, rootRouteRef } from './routes';

/**
 * The plugin for apps of the legacy frontend system.
 *
 * @public
 */
export const databaseOpsPlugin = createPlugin({
  id: 'database-ops',
  routes: { root: rootRouteRef, entityContent: entityContentRouteRef },
  apis: [
    createApiFactory({
      api: databaseOpsApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new DatabaseOpsClient(deps),
    }),
  ],
});

/**
 * The fleet, operation, audit and policy pages; mount it at `/databases`.
 *
 * @public
 */
export const DatabasesPage = databaseOpsPlugin.provide(
  createRoutableExtension({
    name: 'DatabasesPage',
    component: () => import('./Router').then(module => module.Router),
    mountPoint: rootRouteRef,
  }),
);

/**
 * The tab "Database" of an entity; mount it at `/database` and show it where
 * {@link isDatabaseAvailable}.
 *
 * @public
 */
export const EntityDatabaseContent = databaseOpsPlugin.provide(
  createRoutableExtension({
    name: 'EntityDatabaseContent',
    component: () =>
      import('./entity/extensions').then(
        module => module.EntityDatabaseContent,
      ),
    mountPoint: entityContentRouteRef,
  }),
);

/**
 * A card with the health of the entity's database.
 *
 * @public
 */
export const EntityDatabaseHealthCard = databaseOpsPlugin.provide(
  createComponentExtension({
    name: 'EntityDatabaseHealthCard',
    component: {
      lazy: () =>
        import('./entity/extensions').then(module => module.EntityHealthCard),
    },
  }),
);

/**
 * A card with the backup freshness of the entity's database.
 *
 * @public
 */
export const EntityDatabaseFreshnessCard = databaseOpsPlugin.provide(
  createComponentExtension({
    name: 'EntityDatabaseFreshnessCard',
    component: {
      lazy: () =>
        import('./entity/extensions').then(
          module => module.EntityFreshnessCard,
        ),
    },
  }),
);

/**
 * A card with the newest operations on the entity's database.
 *
 * @public
 */
export const EntityDatabaseOperationsCard = databaseOpsPlugin.provide(
  createComponentExtension({
    name: 'EntityDatabaseOperationsCard',
    component: {
      lazy: () =>
        import('./entity/extensions').then(
          module => module.EntityOperationsCard,
        ),
    },
  }),
);
