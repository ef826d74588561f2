import { ReactNode } from 'react';
import {
  MissingAnnotationEmptyState,
  useEntity,
} from '@backstage/plugin-catalog-react';
import { DATABASE_ID_ANNOTATION } from 'backstage-plugin-database-ops-common';
import { FreshnessCard } from '../backup/FreshnessCard';
import { HealthCard } from '../health/HealthCard';
import { MaintenanceBanner } from '../maintenance/MaintenanceBanner';
import { OperationsCard } from '../operations/OperationsCard';
import { DatabaseView } from './DatabaseView';
import { databaseIdOf } from './entityDatabase';
import { useDatabase, useHealth } from './useDatabase';

function WithDatabase(props: { children: (databaseId: string) => ReactNode }) {
  const { entity } = useEntity();
  const databaseId = databaseIdOf(entity);
  return databaseId ? (
    <>{props.children(databaseId)}</>
  ) : (
    <MissingAnnotationEmptyState annotation={DATABASE_ID_ANNOTATION} />
  );
}

function Health(props: { databaseId: string }) {
  return (
    <HealthCard
      databaseId={props.databaseId}
      health={useHealth(props.databaseId)}
    />
  );
}

function Freshness(props: { databaseId: string }) {
  return (
    <FreshnessCard
      databaseId={props.databaseId}
      database={useDatabase(props.databaseId)}
    />
  );
}

/** The tab "Database" of an entity. */
export function EntityDatabaseContent() {
  return (
    <WithDatabase>
      {databaseId => (
        <>
          <MaintenanceBanner databaseId={databaseId} />
          <DatabaseView databaseId={databaseId} />
        </>
      )}
    </WithDatabase>
  );
}

export function EntityHealthCard() {
  return (
    <WithDatabase>
      {databaseId => <Health databaseId={databaseId} />}
    </WithDatabase>
  );
}

export function EntityFreshnessCard() {
  return (
    <WithDatabase>
      {databaseId => <Freshness databaseId={databaseId} />}
    </WithDatabase>
  );
}

export function EntityOperationsCard() {
  return (
    <WithDatabase>
      {databaseId => <OperationsCard databaseId={databaseId} />}
    </WithDatabase>
  );
}
