import {
  DatabaseService,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import { Knex } from 'knex';

/** Where the package keeps its migrations. */
export const MIGRATIONS_DIRECTORY = resolvePackagePath(
  'backstage-plugin-database-ops-backend',
  'migrations',
);

/** The plugin's database, brought up to date unless the portal forbids it. */
export async function openDatabase(database: DatabaseService): Promise<Knex> {
  const knex = await database.getClient();
  if (!database.migrations?.skip) {
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  }
  return knex;
}
