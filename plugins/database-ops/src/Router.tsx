import { ErrorPage } from '@backstage/core-components';
import { Route, Routes } from 'react-router-dom';
import { AuditPage } from './audit/AuditPage';
import { DatabasePage } from './entity/DatabasePage';
import { FleetPage } from './fleet/FleetPage';
import { OperationPage } from './operations/OperationPage';
import { PoliciesPage } from './policies/PoliciesPage';
import {
  auditRouteRef,
  databaseRouteRef,
  operationRouteRef,
  policiesRouteRef,
} from './routes';

/** The plugin's own pages, below the address where it is mounted. */
export function Router() {
  return (
    <Routes>
      <Route path="/" element={<FleetPage />} />
      <Route path={operationRouteRef.path} element={<OperationPage />} />
      <Route path={databaseRouteRef.path} element={<DatabasePage />} />
      <Route path={auditRouteRef.path} element={<AuditPage />} />
      <Route path={policiesRouteRef.path} element={<PoliciesPage />} />
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
