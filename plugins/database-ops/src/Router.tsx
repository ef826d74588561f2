import { ComponentType, lazy, Suspense } from 'react';
import { ErrorPage, Progress } from '@backstage/core-components';
import { Route, Routes } from 'react-router-dom';
import { FleetPage } from './fleet/FleetPage';
import {
  approvalsRouteRef,
  auditRouteRef,
  databaseRouteRef,
  operationRouteRef,
  policiesRouteRef,
  repositoriesRouteRef,
} from './routes';

/** A page that loads when somebody goes there. */
function page<K extends string>(
  load: () => Promise<Record<K, ComponentType>>,
  name: K,
) {
  const Page = lazy<ComponentType>(async () => ({
    default: (await load())[name],
  }));
  return (
    <Suspense fallback={<Progress />}>
      <Page />
    </Suspense>
  );
}

const PAGES = [
  {
    path: operationRouteRef.path,
    element: page(() => import('./operations/OperationPage'), 'OperationPage'),
  },
  {
    path: databaseRouteRef.path,
    element: page(() => import('./entity/DatabasePage'), 'DatabasePage'),
  },
  {
    path: auditRouteRef.path,
    element: page(() => import('./audit/AuditPage'), 'AuditPage'),
  },
  {
    path: policiesRouteRef.path,
    element: page(() => import('./policies/PoliciesPage'), 'PoliciesPage'),
  },
  {
    path: approvalsRouteRef.path,
    element: page(() => import('./approvals/ApprovalsPage'), 'ApprovalsPage'),
  },
  {
    path: repositoriesRouteRef.path,
    element: page(
      () => import('./repositories/RepositoriesPage'),
      'RepositoriesPage',
    ),
  },
];

/** The plugin's own pages, below the address where it is mounted. */
export function Router() {
  return (
    <Routes>
      <Route path="/" element={<FleetPage />} />
      {PAGES.map(({ path, element }) => (
        <Route key={path} path={path} element={element} />
      ))}
      <Route
        path="*"
        element={
          <ErrorPage
            status="404"
            statusMessage="There is no such page of Databases"
          />
        }
      />
    </Routes>
  );
}
