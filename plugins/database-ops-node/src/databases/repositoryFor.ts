import { OperationKind } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from './types';

/**
 * The repository as the worker of an operation gets it: with the identity that
 * removes backups for an `expire` where there is one, and never with both, so
 * that what goes wrong in any other operation can remove nothing.
 *
 * @public
 */
export function repositoryFor(
  kind: OperationKind,
  repository: RepositoryDefinition,
): RepositoryDefinition {
  const { retention, ...rest } = repository;
  return kind === 'expire' ? { ...rest, ...retention } : rest;
}
