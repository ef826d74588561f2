import { ReactElement } from 'react';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import { renderInTestApp, TestApiProvider } from '@backstage/test-utils';
import { databaseOpsApiRef, DatabaseOpsApi } from '../api/DatabaseOpsApi';
import { rootRouteRef } from '../routes';

/** Renders a part as the legacy frontend system does, over a given backend. */
export function renderPart(
  element: ReactElement,
  api: DatabaseOpsApi,
  address: string = '/',
) {
  return renderInTestApp(
    <TestApiProvider apis={[[databaseOpsApiRef, api]]}>
      {element}
    </TestApiProvider>,
    {
      routeEntries: [address],
      mountedRoutes: {
        '/databases': rootRouteRef,
        '/catalog/:namespace/:kind/:name': entityRouteRef,
      },
    },
  );
}
