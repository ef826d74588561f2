import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { ActiveOperationError } from './ActiveOperationError';
import { aKind } from './aKind';
import { OperationRow, toOperation } from './rows';
import { ACTIVE_STATES } from './stateMachine';

/**
 * What was asked for before a discard would find nothing, and a discard would
 * take away what somebody else was promised. Anything else may follow on
 * another: what it finds then is judged when it begins.
 *
 * To be called with the operation's own row written: of two that are requested
 * at the same instant, the second at the instance's row sees the first.
 *
 * @throws ActiveOperationError naming the operation that is in the way
 */
export async function assertGoesWithOthers(
  trx: Knex.Transaction,
  { id, databaseId, kind, parameters }: Operation,
): Promise<void> {
  const { restoredInstanceId } = parameters;
  if (typeof restoredInstanceId !== 'string') {
    return;
  }
  // After the operation's row, never before it: in the order of who ends one.
  await trx('restored_instances')
    .where({ id: restoredInstanceId })
    .forUpdate()
    .first('id');
  const others: OperationRow[] = await trx<OperationRow>('operations')
    .where({ database_id: databaseId })
    .whereNot({ id })
    .whereIn('state', [...ACTIVE_STATES]);
  const inTheWay = others
    .map(toOperation)
    .find(
      other =>
        other.kind !== kind &&
        [other.kind, kind].includes('discard') &&
        other.parameters.restoredInstanceId === restoredInstanceId,
    );
  if (inTheWay) {
    throw new ActiveOperationError(
      inTheWay,
      `Restored instance '${restoredInstanceId}' has ${aKind(inTheWay.kind)}, operation ${inTheWay.id}, which is ${inTheWay.state}; wait for its end or cancel it before you ${kind} the instance.`,
    );
  }
}
