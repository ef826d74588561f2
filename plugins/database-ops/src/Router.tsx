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
function lazily(load: () => Promise<ComponentType>) {
  const Page = lazy(async () => ({ default: await load() }));
  return (
    <Suspense fallback={<Progress />}>
      <Page />
    </Suspense>
  );
}

const PAGES = [
  {
    path: operationRouteRef.path,
    element: lazily(() =>
      import('./operations/OperationPage').then(module => module.OperationPage),
    ),
  },
  {
    path: databaseRouteRef.path,
    element: lazily(() =>
      import('./entity/DatabasePage').then(module => module.DatabasePage),
    ),
  },
  {
    path: auditRouteRef.path,
    element: lazily(() =>
      import('./audit/AuditPage').then(module => module.AuditPage),
    ),
  },
  {
    path: policiesRouteRef.path,
    element: lazily(() =>
      import('./policies/PoliciesPage').then(module => module.PoliciesPage),
    ),
  },
  {
    path: approvalsRouteRef.path,
    element: lazily(() =>
      import('./approvals/ApprovalsPage').then(module => module.ApprovalsPage),
    ),
  },
  {
    path: repositoriesRouteRef.path,
    element: lazily(() =>
      import('./repositories/RepositoriesPage').then(
        module => module.RepositoriesPage,
      ),
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
