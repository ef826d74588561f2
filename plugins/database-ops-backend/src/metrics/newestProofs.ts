import { Knex } from 'knex';
import { ARCHIVING_DEPTH } from '../proofs/depths';

/** How the last verification of one of a database's repositories ended. */
export interface NewestProof {
  readonly databaseId: string;
  /** As the tables know the repository. */
  readonly stored: string;
  readonly endedAt: string;
  readonly proved: boolean;
}

/** The newest proof of what can be restored, of each repository that has one. */
export async function readNewestProofs(
  knex: Knex,
): Promise<readonly NewestProof[]> {
  const newest = knex('proofs')
    .select('database_id', 'repository_id')
    .max('ended_at as ended_at')
    .whereNot({ depth: ARCHIVING_DEPTH })
    .groupBy('database_id', 'repository_id')
    .as('newest');
  const rows: {
    readonly database_id: string;
    readonly repository_id: string;
    readonly ended_at: string;
    readonly state: string;
  }[] = await knex('proofs as proof')
    .join(newest, on =>
      on
        .on('newest.database_id', 'proof.database_id')
        .andOn('newest.repository_id', 'proof.repository_id')
        .andOn('newest.ended_at', 'proof.ended_at'),
    )
    .whereNot('proof.depth', ARCHIVING_DEPTH)
    .select(
      'proof.database_id',
      'proof.repository_id',
      'proof.ended_at',
      'proof.state',
    );
  return rows.map(row => ({
    databaseId: row.database_id,
    stored: row.repository_id,
    endedAt: row.ended_at,
    proved: row.state === 'proved',
  }));
}
