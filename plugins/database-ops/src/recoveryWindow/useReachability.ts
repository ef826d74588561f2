import { useEffect, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import {
  GetReachability,
  Reachability,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { Live, useLive } from '../live/useLive';

/** Long enough for a held arrow key not to ask for each second. */
const PAUSE_MS = 300;

/**
 * What the backend says of a moment, asked when picking pauses. While it has
 * not answered for this very moment, there is no value.
 */
export function useReachability(
  databaseId: string,
  query: GetReachability['query'] | undefined,
): Live<Reachability | undefined> {
  const api = useApi(databaseOpsApiRef);
  const wanted = query ? JSON.stringify(query) : '';
  const [settled, setSettled] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const live = useLive<Reachability | undefined>({
    key: `${databaseId} ${settled}`,
    load: async () =>
      settled
        ? api.getReachability(databaseId, JSON.parse(settled))
        : undefined,
  });
  return settled === wanted ? live : { loading: true, refresh: live.refresh };
}
