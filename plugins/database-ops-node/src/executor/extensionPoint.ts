import { createExtensionPoint } from '@backstage/backend-plugin-api';
import { Executor } from './types';

/**
 * Where modules add executors beside the built-in `local` one;
 * `databaseOps.executor.type` names the one that is used.
 *
 * @public
 */
export interface DatabaseOpsExecutorsExtensionPoint {
  /** @throws ConflictError when an executor of that name is registered already. */
  addExecutor(executor: Executor): void;
}

/**
 * Where modules add executors.
 *
 * @public
 */
export const databaseOpsExecutorsExtensionPoint =
  createExtensionPoint<DatabaseOpsExecutorsExtensionPoint>({
    id: 'database-ops.executors',
  });
