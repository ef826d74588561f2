import { useApi } from '@backstage/core-plugin-api';
import { Approval } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { Live, useLive } from '../live/useLive';

/** What of an operation waits for a second person, or was decided. */
export function useApproval(operationId: string): Live<Approval> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: operationId,
    load: () => api.getApproval(operationId),
    intervalSeconds: 15,
    refreshOn: signal =>
      signal.type === 'operation' && signal.operationId === operationId,
  });
}
