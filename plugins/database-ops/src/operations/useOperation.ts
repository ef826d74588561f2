import { useEffect, useRef } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import {
  Operation,
  OperationEvent,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { Live, useLive } from '../live/useLive';
import { isActive } from './progress';

/** A page of events as full as the API gives them: there may be more. */
const FULL_PAGE_EVENTS = 500;

/** Seconds between looks; signals make the page faster, not right. */
function pollSeconds(operation: Operation | undefined): number {
  if (!operation) {
    return 15;
  }
  if (operation.state === 'running' || operation.state === 'queued') {
    return 2;
  }
  return isActive(operation) ? 15 : 0;
}

/** An operation with its events, followed while it runs. */
export function useOperation(operationId: string): {
  operation: Live<Operation>;
  events: Live<OperationEvent[]>;
} {
  const api = useApi(databaseOpsApiRef);
  const read = useRef<{ id: string; events: OperationEvent[] }>({
    id: operationId,
    events: [],
  });

  const operation = useLive({
    key: operationId,
    load: () => api.getOperation(operationId),
    intervalSeconds: pollSeconds,
    refreshOn: signal =>
      signal.type === 'operation' && signal.operationId === operationId,
  });

  const events = useLive({
    key: operationId,
    load: async () => {
      if (read.current.id !== operationId) {
        read.current = { id: operationId, events: [] };
      }
      const known = read.current;
      let more = true;
      while (more) {
        const page = await api.getOperationEvents(
          operationId,
          known.events.at(-1)?.seq ?? 0,
        );
        const lastSeq = known.events.at(-1)?.seq ?? 0;
        known.events.push(...page.items.filter(item => item.seq > lastSeq));
        more = page.items.length >= FULL_PAGE_EVENTS;
      }
      return [...known.events];
    },
    intervalSeconds: () => (operation.value ? pollSeconds(operation.value) : 2),
  });

  const version = operation.value?.version;
  const { refresh } = events;
  useEffect(() => {
    if (version !== undefined) {
      refresh();
    }
  }, [version, refresh]);

  return { operation, events };
}
