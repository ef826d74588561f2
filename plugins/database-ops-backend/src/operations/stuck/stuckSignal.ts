import { Signal } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { SignalSource } from '../../monitoring/types';
import { OperationRow } from '../rows';

const ID = 'operation-stuck';
const TITLE = 'Running operations';

/** Says which running operations of a database seem to be stuck; nothing when there are none. */
export function createStuckSignal(knex: Knex): SignalSource {
  return {
    id: ID,
    title: TITLE,
    async read(database, now): Promise<readonly Signal[]> {
      const stuck = await knex<OperationRow>('operations')
        .where({ database_id: database.id, state: 'running' })
        .whereNotNull('stuck_at_ms')
        .orderBy('stuck_at_ms')
        .select('id', 'kind', 'stuck_at_ms');
      const [oldest, ...more] = stuck;
      if (!oldest) {
        return [];
      }
      const since = new Date(Number(oldest.stuck_at_ms)).toISOString();
      const others = more.length > 0 ? `, and ${more.length} more` : '';
      return [
        signalOf('warning', {
          id: ID,
          title: TITLE,
          sentence: `The ${oldest.kind} ${oldest.id} seems to be stuck since ${since}${others}; look at its log and at the tool on its host, and cancel it if nothing happens there.`,
          value: stuck.length,
          observedAt: now,
        }),
      ];
    },
  };
}
