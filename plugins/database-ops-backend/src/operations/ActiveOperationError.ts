import { ConflictError } from '@backstage/errors';
import { Operation } from 'backstage-plugin-database-ops-common';
import { aKind } from './aKind';

/** A conflict that names the operation in the way; the HTTP API passes the id on. */
export class ActiveOperationError extends ConflictError {
  readonly operationId: string;

  constructor(
    operation: Operation,
    sentence = `${aKind(operation.kind, 'A')} of database '${operation.databaseId}' is ${operation.state} already (operation ${operation.id}, requested by ${operation.requestedBy}); wait for it or cancel it.`,
  ) {
    super(sentence);
    this.operationId = operation.id;
  }
}
