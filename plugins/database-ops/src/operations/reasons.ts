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
  const right = rightFor(kind);
  if (database.permissions?.[right] === false) {
    const owner = database.owner ? ` (${database.owner})` : '';
    return `You lack the permission database-ops.database.${right} on ${database.id}. Ask its owner${owner}.`;
  }
  return undefined;
}

/** The right that a kind of operation needs. */
function rightFor(kind: OperationKind): 'run' | 'restore' | 'retain' {
  if (kind === 'expire') {
    return 'retain';
  }
  return RESTORE_OPERATION_KINDS.includes(kind) ? 'restore' : 'run';
}
