import { Signal } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';

/**
 * A signal of one of a database's repositories. The first keeps the ids that
 * it has where there is no other; those of another one end in its name.
 */
export function signalOfRepository(
  signal: Signal,
  {
    repository,
    index,
  }: { readonly repository: RepositoryDefinition; readonly index: number },
): Signal {
  return index === 0
    ? signal
    : {
        ...signal,
        id: `${signal.id}-${repository.id}`,
        title: `${signal.title} (${repository.id})`,
      };
}
