import { InputError } from '@backstage/errors';
import {
  DatabaseDefinition,
  OperateTarget,
  Secret,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';

/** The repositories in pgBackRest's order, the one that is worked on when there is no other. */
export function repositoryIdsOf({
  database,
  repository,
}: OperateTarget<PostgresqlConfig>): readonly string[] {
  return database.repositoryIds ?? [repository.id];
}

/**
 * pgBackRest's number of the repository, which the database host's archiving
 * knows it by: its place among the database's repositories, counted from one.
 */
export function repositoryKey(target: OperateTarget<PostgresqlConfig>): number {
  const { database, repository } = target;
  const index = repositoryIdsOf(target).indexOf(repository.id);
  if (index < 0) {
    throw new InputError(
      `Repository '${repository.id}' is none of database '${database.id}'; it has ${repositoryIdsOf(target).join(', ')}.`,
    );
  }
  return index + 1;
}

/** Whether the database has more repositories than one. */
export function hasSeveralRepositories(
  database: DatabaseDefinition<PostgresqlConfig>,
): boolean {
  return (database.repositoryIds?.length ?? 1) > 1;
}

/**
 * The passphrase of the repository: its own, else the one for all.
 *
 * @throws InputError when a passphrase is for a repository that the database
 * does not have: a misspelt id would encrypt with another one.
 */
export function cipherPassOf(
  target: OperateTarget<PostgresqlConfig>,
): Secret | undefined {
  const { database, repository } = target;
  const { cipherPass, cipherPasses = {} } = database.config.pgbackrest ?? {};
  const known = repositoryIdsOf(target);
  const stray = Object.keys(cipherPasses).find(id => !known.includes(id));
  if (stray !== undefined) {
    throw new InputError(
      `postgresql.pgbackrest.cipherPasses of database '${database.id}' names repository '${stray}', which is none of it; it has ${known.join(', ')}.`,
    );
  }
  return cipherPasses[repository.id] ?? cipherPass;
}
