import { useRef } from 'react';
import { useNavigate } from 'react-router-dom';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import { OperationRequest } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { operationRouteRef } from '../routes';

/**
 * Requests an operation and goes to its page. The idempotency key belongs to
 * one opening of a dialog: pressing again after a lost answer finds the same
 * operation, a request with other parameters gets a key of its own.
 */
export function useStart(): (request: OperationRequest) => Promise<void> {
  const api = useApi(databaseOpsApiRef);
  const navigate = useNavigate();
  const operationRoute = useRouteRef(operationRouteRef);
  const keys = useRef(new Map<string, string>());

  return async request => {
    const content = JSON.stringify(request);
    const key = keys.current.get(content) ?? crypto.randomUUID();
    keys.current.set(content, key);
    const operation = await api.createOperation(request, key);
    navigate(operationRoute({ operationId: operation.id }));
  };
}
