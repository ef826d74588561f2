import { createFrontendPlugin } from '@backstage/frontend-plugin-api';
import { RiDatabase2Line } from '@remixicon/react';
import { entityContentRouteRef, rootRouteRef } from '../routes';
import {
  databaseOpsApi,
  databasesPage,
  entityDatabaseContent,
  entityFreshnessCard,
  entityHealthCard,
  entityOperationsCard,
} from './extensions';

/**
 * The plugin for apps of the new frontend system.
 *
 * @public
 */
const databaseOpsPlugin = createFrontendPlugin({
  pluginId: 'database-ops',
  title: 'Databases',
  icon: <RiDatabase2Line fontSize="inherit" />,
  info: { packageJson: () => import('../../package.json') },
  routes: { root: rootRouteRef, entityContent: entityContentRouteRef },
  extensions: [
    databaseOpsApi,
    databasesPage,
    entityDatabaseContent,
    entityHealthCard,
    entityFreshnessCard,
    entityOperationsCard,
  ],
});

export default databaseOpsPlugin;
