import { JsonObject } from '@backstage/types';
import { Operation } from 'backstage-plugin-database-ops-common';
import { canonicalJson } from '../audit/chain';
import { ValidRequest } from './requests/types';

type Work = Pick<ValidRequest, 'kind' | 'parameters'>;

/** Whether an operation is of the kind, with exactly the parameters, that are wanted. */
export function isSameWork(operation: Operation, wanted: Work): boolean {
  return (
    operation.kind === wanted.kind &&
    canonicalJson(operation.parameters as JsonObject) ===
      canonicalJson(wanted.parameters)
  );
}

/** Whether an operation has done what is wanted, so that nobody need do it again. */
export function didTheSame(operation: Operation, wanted: Work): boolean {
  return operation.state === 'succeeded' && isSameWork(operation, wanted);
}
