import { ConflictError, InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import {
  RestoredInstanceStore,
  isKept,
} from '../../restored-instances/RestoredInstanceStore';
import { JudgeRequest } from './types';

/**
 * The restored instance that a request names.
 *
 * @throws InputError when the database has none of that id, ConflictError when nothing of it is left.
 */
export async function findKeptInstance(
  instances: RestoredInstanceStore,
  databaseId: string,
  parameters: JsonObject,
): Promise<RestoredInstance> {
  const id = parameters.restoredInstanceId;
  const instance = typeof id === 'string' ? await instances.get(id) : undefined;
  if (instance?.databaseId !== databaseId) {
    throw new InputError(
      `Database '${databaseId}' has no restored instance '${String(id)}'; list its restored instances for their ids.`,
    );
  }
  if (!isKept(instance)) {
    throw new ConflictError(
      `Restored instance '${instance.id}' is ${instance.state}; nothing of it is left to act on.`,
    );
  }
  return instance;
}

/** Said with what is asked for one in the place of its source, so that rules can tell. */
export function modeOfInstance({ mode }: RestoredInstance): JsonObject {
  return mode === 'in-place' ? { mode } : {};
}

/**
 * Either end of a restore onto the source is final: what was kept aside goes,
 * or what was written since.
 *
 * @throws InputError when the name of the database was not typed for it.
 */
export function requireConfirmation(
  { id, mode, databaseId }: RestoredInstance,
  confirmation: string | undefined,
): void {
  if (mode === 'in-place' && confirmation !== databaseId) {
    throw new InputError(
      `Restored instance '${id}' took the place of its source: type the name of the database, '${databaseId}', as confirmation to promote or discard it.`,
    );
  }
}

/** Discards where the restored instance is: on the host that holds it. */
export function createDiscardJudge(
  instances: RestoredInstanceStore,
): JudgeRequest {
  return async ({ database, parameters, confirmation }) => {
    const instance = await findKeptInstance(instances, database.id, parameters);
    requireConfirmation(instance, confirmation);
    return {
      parameters: {
        restoredInstanceId: instance.id,
        ...modeOfInstance(instance),
      },
      placementHost: instance.host,
      repositoryId: instance.repositoryId,
    };
  };
}
