import { useApi } from '@backstage/core-plugin-api';
import { Database, HealthReport } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { Live, useLive } from '../live/useLive';

/** How often the pages look again; signals of the backend come sooner. */
const LOOK_AGAIN_SECONDS = 30;

/** A database with its status, freshness and what the viewer may do. */
export function useDatabase(databaseId: string): Live<Database> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: databaseId,
    load: () => api.getDatabase(databaseId),
    intervalSeconds: LOOK_AGAIN_SECONDS,
    refreshOn: signal => signal.databaseId === databaseId,
  });
}

/** A database's last health report. */
export function useHealth(databaseId: string): Live<HealthReport> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: databaseId,
    load: () => api.getHealth(databaseId),
    intervalSeconds: LOOK_AGAIN_SECONDS,
    refreshOn: signal =>
      signal.type === 'health' && signal.databaseId === databaseId,
  });
}
