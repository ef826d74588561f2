import { Knex } from 'knex';
import { DatabaseIdentity } from '../databases/types';
import { FIRST_REPOSITORY } from './repositoriesOf';

interface FirstRepositoryRow {
  readonly database_id: string;
  readonly repository_id: string;
}

/** Keyed by repository, so that rows of one name are one repository's. */
const INVENTORIED = ['backups', 'inventories'] as const;

/**
 * Remembers which repository of a database was its first. In the tables the
 * first has no name: when configuration makes another one the first, what is
 * known of the old one gets its name, before it counts as the new one's.
 */
export class FirstRepositories {
  readonly #knex: Knex;

  constructor(options: { readonly knex: Knex }) {
    this.#knex = options.knex;
  }

  /** Of a database without a repository, what was remembered stands. */
  async note({
    id,
    repositoryId: now,
  }: Pick<DatabaseIdentity, 'id' | 'repositoryId'>): Promise<void> {
    if (now === undefined) {
      return;
    }
    await this.#knex.transaction(async trx => {
      const before = await this.#replace(trx, id, now);
      if (before !== undefined) {
        await rename(trx, { id, before, now });
      }
    });
  }

  /** The one that was first until now; of replicas that start together, one is told. */
  async #replace(
    trx: Knex.Transaction,
    id: string,
    now: string,
  ): Promise<string | undefined> {
    const rows = () => trx<FirstRepositoryRow>('first_repositories');
    await rows()
      .insert({ database_id: id, repository_id: now })
      .onConflict('database_id')
      .ignore();
    const row = await rows().where({ database_id: id }).first();
    if (!row || row.repository_id === now) {
      return undefined;
    }
    const replaced = await rows()
      .where({ database_id: id, repository_id: row.repository_id })
      .update({ repository_id: now });
    return replaced > 0 ? row.repository_id : undefined;
  }
}

async function rename(
  trx: Knex.Transaction,
  names: { readonly id: string; readonly before: string; readonly now: string },
): Promise<void> {
  const of = (table: string, repositoryId: string | null) =>
    trx(table).where({ database_id: names.id, repository_id: repositoryId });
  for (const table of INVENTORIED) {
    // A replica with the other configuration may have written by that name.
    await of(table, names.before).delete();
  }
  for (const table of [...INVENTORIED, 'proofs']) {
    await of(table, FIRST_REPOSITORY).update({ repository_id: names.before });
    await of(table, names.now).update({ repository_id: FIRST_REPOSITORY });
  }
  await of('restored_instances', null).update({ repository_id: names.before });
  await of('restored_instances', names.now).update({ repository_id: null });
}
