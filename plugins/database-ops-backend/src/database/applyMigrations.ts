import { DatabaseService } from '@backstage/backend-plugin-api';
import { Knex } from 'knex';
import { packageFile } from './packageFile';

/** Where the package keeps its migrations. */
export const MIGRATIONS_DIRECTORY = packageFile('migrations');

/** The plugin's database, brought up to date unless the portal forbids it. */
export async function openDatabase(database: DatabaseService): Promise<Knex> {
  const knex = await database.getClient();
  if (!database.migrations?.skip) {
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  }
  return knex;
}
