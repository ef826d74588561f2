import {
  ApiBlueprint,
  discoveryApiRef,
  fetchApiRef,
  PageBlueprint,
} from '@backstage/frontend-plugin-api';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import { RiDatabase2Line } from '@remixicon/react';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { DatabaseOpsClient } from '../api/DatabaseOpsClient';
import { isDatabaseAvailable } from '../entity/entityDatabase';
import { entityContentRouteRef, rootRouteRef } from '../routes';

export const databaseOpsApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: databaseOpsApiRef,
      deps: { discoveryApi: discoveryApiRef, fetchApi: fetchApiRef },
      factory: deps => new DatabaseOpsClient(deps),
    }),
});

export const databasesPage = PageBlueprint.make({
  params: {
    path: '/databases',
    title: 'Databases',
    icon: <RiDatabase2Line fontSize="inherit" />,
    routeRef: rootRouteRef,
    // The pages bring their own header, the same in both frontend systems.
    noHeader: true,
    loader: () => import('../Router').then(({ Router }) => <Router />),
  },
});

export const entityDatabaseContent = EntityContentBlueprint.make({
  name: 'database',
  params: {
    path: '/database',
    title: 'Database',
    routeRef: entityContentRouteRef,
    filter: isDatabaseAvailable,
    loader: () =>
      import('../entity/extensions').then(({ EntityDatabaseContent }) => (
        <EntityDatabaseContent />
      )),
  },
});

export const entityHealthCard = EntityCardBlueprint.make({
  name: 'health',
  params: {
    filter: isDatabaseAvailable,
    loader: () =>
      import('../entity/extensions').then(({ EntityHealthCard }) => (
        <EntityHealthCard />
      )),
  },
});

export const entityFreshnessCard = EntityCardBlueprint.make({
  name: 'freshness',
  params: {
    filter: isDatabaseAvailable,
    loader: () =>
      import('../entity/extensions').then(({ EntityFreshnessCard }) => (
        <EntityFreshnessCard />
      )),
  },
});

export const entityOperationsCard = EntityCardBlueprint.make({
  name: 'operations',
  params: {
    filter: isDatabaseAvailable,
    loader: () =>
      import('../entity/extensions').then(({ EntityOperationsCard }) => (
        <EntityOperationsCard />
      )),
  },
});
