import { ConflictError, InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Inventory, Resolution } from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';

/**
 * What an engine makes of a moment, by the last inventory.
 *
 * @throws InputError when the engine has no moments beside its backups,
 * ConflictError when nobody has looked at the repository yet
 */
export function resolveOn(
  database: ReadyDatabase,
  inventory: Inventory | undefined,
  parameters: JsonObject,
): Resolution {
  const { describe } = database.engine.engine;
  if (!describe.resolve) {
    throw new InputError(
      `Engine '${database.engineKind}' of database '${database.id}' restores backups only; choose one of the list.`,
    );
  }
  if (!inventory) {
    throw new ConflictError(
      `The repository of database '${database.id}' has not been read yet; run an inventory first.`,
    );
  }
  return describe.resolve(database.id, inventory, parameters);
}
