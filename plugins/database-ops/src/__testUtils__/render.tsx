import { ReactElement } from 'react';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import {
  mockApis,
  renderInTestApp,
  TestApiProvider,
} from '@backstage/test-utils';
import { databaseOpsApiRef, DatabaseOpsApi } from '../api/DatabaseOpsApi';
import { rootRouteRef } from '../routes';

const ANSWERS = {
  allow: AuthorizeResult.ALLOW,
  deny: AuthorizeResult.DENY,
} as const;

/** Renders a part as the legacy frontend system does, over a given backend. */
export function renderPart(
  element: ReactElement,
  api: DatabaseOpsApi,
  address: string = '/',
  /** What the portal's permission policy answers. */
  authorize: 'allow' | 'deny' = 'allow',
) {
  return renderInTestApp(
    <TestApiProvider
      apis={[
        [databaseOpsApiRef, api],
        [
          permissionApiRef,
          mockApis.permission({ authorize: ANSWERS[authorize] }),
        ],
      ]}
    >
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
