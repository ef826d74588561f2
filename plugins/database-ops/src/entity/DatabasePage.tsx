import { useRouteRefParams } from '@backstage/core-plugin-api';
import { OpsPage } from '../layout/OpsPage';
import { databaseRouteRef } from '../routes';
import { DatabaseView } from './DatabaseView';

/** A database's own page: what the entity tab shows, without an entity. */
export function DatabasePage() {
  const { databaseId } = useRouteRefParams(databaseRouteRef);
  return (
    <OpsPage title={databaseId} databaseId={databaseId}>
      <DatabaseView databaseId={databaseId} />
    </OpsPage>
  );
}
