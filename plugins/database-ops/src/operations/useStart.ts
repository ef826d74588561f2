import { useRef, useState } from 'react';
import { useNavigate } from 'react-router-dom';
import { toError } from '@backstage/errors';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import { OperationRequest } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { operationRouteRef } from '../routes';

export interface Start {
  readonly starting: boolean;
  readonly error?: Error;
  readonly start: (request: OperationRequest) => Promise<void>;
}

/**
 * Requests an operation and goes to its page. The idempotency key belongs to
 * one opening of a dialog: pressing again after a lost answer finds the same
 * operation, a request with other parameters gets a key of its own.
 */
export function useStart(): Start {
  const api = useApi(databaseOpsApiRef);
  const navigate = useNavigate();
  const operationRoute = useRouteRef(operationRouteRef);
  const keys = useRef(new Map<string, string>());
  const [starting, setStarting] = useState(false);
  const [error, setError] = useState<Error>();

  const start = async (request: OperationRequest) => {
    const content = JSON.stringify(request);
    const key = keys.current.get(content) ?? crypto.randomUUID();
    keys.current.set(content, key);
    setStarting(true);
    setError(undefined);
    try {
      const operation = await api.createOperation(request, key);
      navigate(operationRoute({ operationId: operation.id }));
    } catch (caught) {
      setError(toError(caught));
      setStarting(false);
    }
  };
  return { starting, error, start };
}
