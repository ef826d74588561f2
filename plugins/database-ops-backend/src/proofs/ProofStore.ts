import { Proof, ProofReference } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { readJson } from '../database/json';
import { Page, PageRequest, newestFirst } from '../database/page';
import { FIRST_REPOSITORY } from '../repositories/repositoriesOf';
import { DEPTHS_WITHOUT_RESTORE } from './depths';

interface ProofRow {
  readonly id: string;
  readonly database_id: string;
  readonly repository_id: string;
  readonly depth: string;
  readonly state: Proof['state'];
  readonly ended_at: string;
  readonly backup_id: string | null;
  readonly data: string;
}

/** Older ones lie behind what retention keeps, by far. */
const SHOWN_PROOFS = 1_000;

const NEWEST_FIRST = [
  { column: 'ended_at', order: 'desc' },
  { column: 'id', order: 'desc' },
] as const;

function toProof(row: ProofRow): Proof {
  const { repositoryId: _written, ...proof } = readJson<Proof>(row.data);
  return row.repository_id === FIRST_REPOSITORY
    ? proof
    : { ...proof, repositoryId: row.repository_id };
}

function toRow(proof: Proof): ProofRow {
  return {
    id: proof.id,
    database_id: proof.databaseId,
    repository_id: proof.repositoryId ?? FIRST_REPOSITORY,
    depth: proof.depth,
    state: proof.state,
    ended_at: new Date(proof.endedAt).toISOString(),
    backup_id: proof.backupId ?? null,
    data: JSON.stringify(proof),
  };
}

/**
 * A backup among those of all repositories of a database: two may hold one of
 * the same id, and what is proved of one says nothing of the other.
 *
 * @param stored - the repository as the tables know it
 */
export function backupKey(stored: string, backupId: string): string {
  return `${stored}/${backupId}`;
}

/** What verifications established, by database. */
export class ProofStore {
  readonly #knex: Knex;

  constructor(options: { readonly knex: Knex }) {
    this.#knex = options.knex;
  }

  /** The same verification read twice stays one proof. */
  async record(trx: Knex.Transaction, proof: Proof): Promise<void> {
    await trx<ProofRow>('proofs').insert(toRow(proof)).onConflict('id').merge();
  }

  /**
   * One that a repository holds and this portal did not see made: it is marked,
   * and takes the place of none that the portal saw.
   */
  async recordImported(trx: Knex.Transaction, proof: Proof): Promise<void> {
    const facts = { ...proof.facts, imported: true };
    await trx<ProofRow>('proofs')
      .insert(toRow({ ...proof, facts }))
      .onConflict('id')
      .ignore();
  }

  /** Newest first. */
  async list(databaseId: string, page: PageRequest): Promise<Page<Proof>> {
    const query = this.#knex<ProofRow>('proofs').where({
      database_id: databaseId,
    });
    const { items, ...rest } = await newestFirst<ProofRow, 'ended_at'>(
      query,
      'ended_at',
      page,
    );
    return { ...rest, items: items.map(toProof) };
  }

  /** The newest proof at a depth of each repository of a database, whatever it found. */
  async newestOf(databaseId: string, depth: string): Promise<readonly Proof[]> {
    const rows: ProofRow[] = await this.#knex<ProofRow>('proofs as proof')
      .where('proof.database_id', databaseId)
      .where('proof.depth', depth)
      .whereNotExists(later =>
        later
          .from('proofs as later')
          .whereRaw('later.database_id = proof.database_id')
          .whereRaw('later.depth = proof.depth')
          .whereRaw('later.repository_id = proof.repository_id')
          .whereRaw(
            '(later.ended_at > proof.ended_at or (later.ended_at = proof.ended_at and later.id > proof.id))',
          )
          .select(this.#knex.raw('1')),
      )
      .orderBy('proof.repository_id')
      .select('proof.*');
    return rows.map(toProof);
  }

  /** The newest verification that restored the database and found it right. */
  async newestRestored(databaseId: string): Promise<Proof | undefined> {
    const row = await this.#knex<ProofRow>('proofs')
      .where({ database_id: databaseId, state: 'proved' })
      .whereNotIn('depth', DEPTHS_WITHOUT_RESTORE)
      .orderBy([...NEWEST_FIRST])
      .first();
    return row && toProof(row);
  }

  /** The newest restore that measured how much would have been lost; not every depth does. */
  async newestWithRpo(databaseId: string): Promise<Proof | undefined> {
    const row = await this.#knex<ProofRow>('proofs')
      .where({ database_id: databaseId, state: 'proved' })
      .whereNotIn('depth', DEPTHS_WITHOUT_RESTORE)
      .whereLike('data', '%"rpoSeconds":%')
      .orderBy([...NEWEST_FIRST])
      .first();
    return row && toProof(row);
  }

  /** The newest restores that proved a moment; a window shows what they reached. */
  async provedMoments(databaseId: string): Promise<readonly Proof[]> {
    const rows: ProofRow[] = await this.#knex<ProofRow>('proofs')
      .where({ database_id: databaseId, state: 'proved' })
      .whereNotIn('depth', DEPTHS_WITHOUT_RESTORE)
      .orderBy([...NEWEST_FIRST])
      .limit(SHOWN_PROOFS);
    return rows.map(toProof);
  }

  /**
   * The newest proof of each backup that a restore proved, by {@link backupKey}.
   * Retention removes by it, so what was imported does not count: another
   * account may have written it.
   */
  async provedBackups(
    databaseId: string,
  ): Promise<ReadonlyMap<string, ProofReference>> {
    const rows: ProofRow[] = await this.#knex<ProofRow>('proofs')
      .where({ database_id: databaseId, state: 'proved' })
      .whereNotIn('depth', DEPTHS_WITHOUT_RESTORE)
      .whereNotNull('backup_id')
      .orderBy('ended_at');
    return new Map(
      rows
        .filter(row => toProof(row).facts?.imported !== true)
        .map(row => [
          backupKey(row.repository_id, row.backup_id ?? ''),
          { proofId: row.id, at: row.ended_at, depth: row.depth },
        ]),
    );
  }
}
