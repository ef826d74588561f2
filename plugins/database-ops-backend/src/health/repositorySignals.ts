import { Signal } from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import {
  hasSeveralRepositories,
  repositoriesOf,
  storedAs,
} from '../repositories/repositoriesOf';
import {
  signalIdOf,
  signalOfRepository,
} from '../repositories/signalOfRepository';
import { REACHABLE } from './RepositoryProbe';

/** Where it is noted which repositories answer. */
export interface ReachableNotes {
  /** Gives whether that is news. */
  noteReachable(
    databaseId: string,
    stored: string,
    unreachable: string | undefined,
  ): Promise<boolean>;
}

/**
 * What is found of every repository of a database. Where there are several, a
 * restore, freshness and the window go by those that answer, so it is noted
 * which do; of a single one what was last read stands, and a note from when
 * there were several goes.
 */
export async function repositorySignalsOf(
  database: ReadyDatabase,
  options: {
    readonly probe: {
      signalsOf(repository: RepositoryDefinition): Promise<readonly Signal[]>;
    };
    readonly notes: ReachableNotes;
    readonly onNews: () => void;
  },
): Promise<readonly Signal[]> {
  const repositories = repositoriesOf(database);
  const found = await Promise.all(
    repositories.map(repository => options.probe.signalsOf(repository)),
  );
  const several = hasSeveralRepositories(database);
  const news = await Promise.all(
    repositories.map((repository, index) => {
      const reachable = found[index].find(({ id }) => id === REACHABLE.id);
      return options.notes.noteReachable(
        database.id,
        storedAs(database, repository.id),
        several && reachable?.status === 'critical'
          ? reachable.sentence
          : undefined,
      );
    }),
  );
  if (news.includes(true)) {
    options.onNews();
  }
  return repositories.flatMap((repository, index) =>
    found[index].map(signal =>
      signalOfRepository(signal, { repository, index }),
    ),
  );
}

/** Ids of the repositories that do not answer, by their signals. */
export function silentIn(
  database: ReadyDatabase,
  signals: readonly Signal[],
): readonly string[] {
  const critical = new Set(
    signals.filter(({ status }) => status === 'critical').map(({ id }) => id),
  );
  return repositoriesOf(database)
    .filter((repository, index) =>
      critical.has(signalIdOf(REACHABLE.id, { repository, index })),
    )
    .map(({ id }) => id);
}
