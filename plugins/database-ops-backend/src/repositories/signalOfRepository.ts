import { Signal } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';

/** A repository with its place among those of a database. */
interface Place {
  readonly repository: RepositoryDefinition;
  readonly index: number;
}

/** The first keeps the ids that it has where there is no other; those of another one end in its name. */
export function signalIdOf(id: string, { repository, index }: Place): string {
  return index === 0 ? id : `${id}-${repository.id}`;
}

/** A signal of one of a database's repositories. */
export function signalOfRepository(signal: Signal, place: Place): Signal {
  return place.index === 0
    ? signal
    : {
        ...signal,
        id: signalIdOf(signal.id, place),
        title: `${signal.title} (${place.repository.id})`,
      };
}
