import { useEffect } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { MaintenanceModeList } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { Live, useLive } from '../live/useLive';

/** The scope of a maintenance mode that holds every queue. */
export const GLOBAL_SCOPE = 'global';

/** Every part of the page that shows maintenance modes hears this. */
const CHANGED = 'database-ops:maintenance-changed';

/** Tells the page's parts that a maintenance mode was started or ended here. */
export function announceMaintenance(): void {
  window.dispatchEvent(new Event(CHANGED));
}

/** Which queues are paused. */
export function useMaintenance(): Live<MaintenanceModeList> {
  const api = useApi(databaseOpsApiRef);
  const modes = useLive({
    key: 'maintenance',
    load: () => api.getMaintenanceModes(),
    intervalSeconds: 60,
    refreshOn: signal => signal.type === 'maintenance',
  });
  const { refresh } = modes;
  useEffect(() => {
    window.addEventListener(CHANGED, refresh);
    return () => window.removeEventListener(CHANGED, refresh);
  }, [refresh]);
  return modes;
}
