import {
  Database,
  OperationKind,
  RESTORE_OPERATION_KINDS,
} from 'backstage-plugin-database-ops-common';

/**
 * Why a person cannot start operations of this kind on this database, in
 * words; undefined when they can. For showing buttons: the API decides again.
 */
export function reasonAgainst(
  database: Database,
  kind: OperationKind,
): string | undefined {
  if (database.quarantine) {
    return `The configuration of ${database.id} is wrong at ${database.quarantine.path}. Correct it first.`;
  }
  if (database.capabilities && !database.capabilities.verbs.includes(kind)) {
    return `The engine ${database.engine} does not offer ${kind}.`;
  }
  const restores = RESTORE_OPERATION_KINDS.includes(kind);
  const allowed = restores
    ? database.permissions?.restore
    : database.permissions?.run;
  if (allowed === false) {
    const owner = database.owner ? ` (${database.owner})` : '';
    return `You lack the permission database-ops.database.${restores ? 'restore' : 'run'} on ${database.id}. Ask its owner${owner}.`;
  }
  return undefined;
}
