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
  return lackOf(database, rightFor(kind));
}

/** That a person lacks a right on a database, and whom to ask; undefined when they have it. */
export function lackOf(database: Database, right: Right): string | undefined {
  if (database.permissions?.[right] !== false) {
    return undefined;
  }
  const owner = database.owner ? ` (${database.owner})` : '';
  return `You lack the permission database-ops.database.${right} on ${database.id}. Ask its owner${owner}.`;
}

type Right = 'run' | 'restore' | 'retain' | 'query';

/** The right that a kind of operation needs. */
function rightFor(kind: OperationKind): Right {
  if (kind === 'expire') {
    return 'retain';
  }
  return RESTORE_OPERATION_KINDS.includes(kind) ? 'restore' : 'run';
}
