import { useApi } from '@backstage/core-plugin-api';
import {
  BackupList,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { firstRows } from '../api/pages';
import { Live, useLive } from '../live/useLive';

/** More marks than this could not be told apart on a screen. */
const MOST_MARKS = 500;

/** A database's recovery window; renewed as often as archived log arrives. */
export function useRecoveryWindow(databaseId: string): Live<RecoveryWindow> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: databaseId,
    load: () => api.getRecoveryWindow(databaseId),
    intervalSeconds: 30,
    refreshOn: signal =>
      signal.type === 'backups' && signal.databaseId === databaseId,
  });
}

/** The backups that are marked on a time line. */
export function useMarks(databaseId: string): Live<BackupList> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: databaseId,
    load: () => firstRows(MOST_MARKS, page => api.getBackups(databaseId, page)),
    intervalSeconds: 120,
    refreshOn: signal =>
      signal.type === 'backups' && signal.databaseId === databaseId,
  });
}
