import { InputError } from '@backstage/errors';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { DatabaseIdentity, ReadyDatabase } from '../databases/types';

type WithRepositories = Pick<
  ReadyDatabase,
  'id' | 'repository' | 'additionalRepositories'
>;

/** Every repository of a database, in the order of configuration. */
export function repositoriesOf({
  repository,
  additionalRepositories = [],
}: WithRepositories): readonly RepositoryDefinition[] {
  return repository ? [repository, ...additionalRepositories] : [];
}

/** Whether there is anything to choose. */
export function hasSeveralRepositories(database: WithRepositories): boolean {
  return repositoriesOf(database).length > 1;
}

/**
 * The repository of that id; the first when none is named.
 *
 * @throws InputError when the database has none of that id
 */
export function findRepository(
  database: WithRepositories,
  repositoryId: unknown,
): RepositoryDefinition {
  const all = repositoriesOf(database);
  const found =
    repositoryId === undefined
      ? all[0]
      : all.find(({ id }) => id === repositoryId);
  if (!found) {
    throw new InputError(
      `Database '${database.id}' has no repository '${String(repositoryId)}'; it has ${all.map(({ id }) => `'${id}'`).join(', ') || 'none'}.`,
    );
  }
  return found;
}

/** What a restore made is ended where it is, whatever became of what it was restored from. */
const KINDS_THAT_END_AN_INSTANCE: readonly OperationKind[] = [
  'promote',
  'discard',
];

/**
 * The repository that an operation of a kind works on: the one of that id; for
 * the end of a restored instance the first where that one is not configured
 * any more.
 *
 * @throws InputError when another kind names one that the database has not
 */
export function findRepositoryFor(
  kind: OperationKind,
  database: WithRepositories,
  repositoryId: unknown,
): RepositoryDefinition {
  const isGone =
    KINDS_THAT_END_AN_INSTANCE.includes(kind) &&
    !repositoriesOf(database).some(({ id }) => id === repositoryId);
  return findRepository(database, isGone ? undefined : repositoryId);
}

/** By which the tables know the first repository of a database; which it is, `FirstRepositories` remembers. */
export const FIRST_REPOSITORY = '';

/** The name of a repository in the tables. */
export function storedAs(
  { repositoryId: first }: Pick<DatabaseIdentity, 'repositoryId'>,
  repositoryId: string | null | undefined,
): string {
  return !repositoryId || repositoryId === first
    ? FIRST_REPOSITORY
    : repositoryId;
}

/** The repository that a name in the tables stands for. */
export function repositoryIdOf(
  { repositoryId: first }: Pick<DatabaseIdentity, 'repositoryId'>,
  stored: string | undefined,
): string | undefined {
  return stored || first;
}
