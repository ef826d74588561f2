import { Knex } from 'knex';
import { OperationKind } from 'backstage-plugin-database-ops-common';

/** How the last operation of a kind on a database ended, and how long it ran. */
export interface OperationOutcome {
  readonly databaseId: string;
  readonly kind: OperationKind;
  readonly succeeded: boolean;
  readonly durationSeconds?: number;
}

/** States that say something about success; cancelling is a person's decision. */
const JUDGED_STATES = ['succeeded', 'failed', 'interrupted'];

interface OutcomeRow {
  readonly database_id: string;
  readonly kind: OperationKind;
  readonly state: string;
  readonly started_at: string | null;
  readonly ended_at: string;
}

/** The newest judged operation of each database and kind. */
export async function listOperationOutcomes(
  knex: Knex,
): Promise<readonly OperationOutcome[]> {
  const newest = knex('operations')
    .select('database_id', 'kind')
    .max('ended_at as ended_at')
    .whereIn('state', JUDGED_STATES)
    .groupBy('database_id', 'kind')
    .as('newest');
  const rows = await knex('operations as operation')
    .join(newest, on =>
      on
        .on('newest.database_id', 'operation.database_id')
        .andOn('newest.kind', 'operation.kind')
        .andOn('newest.ended_at', 'operation.ended_at'),
    )
    .whereIn('operation.state', JUDGED_STATES)
    .select<OutcomeRow[]>(
      'operation.database_id',
      'operation.kind',
      'operation.state',
      'operation.started_at',
      'operation.ended_at',
    );
  return rows.map(row => ({
    databaseId: row.database_id,
    kind: row.kind,
    succeeded: row.state === 'succeeded',
    ...(row.started_at !== null && {
      durationSeconds:
        (Date.parse(row.ended_at) - Date.parse(row.started_at)) / 1000,
    }),
  }));
}
