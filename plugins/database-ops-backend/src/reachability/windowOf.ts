import {
  HealthReport,
  Proof,
  Backup,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { ReadyDatabase } from '../databases/types';
import { markProved } from '../proofs/markProved';
import { KnownRepository } from '../repositories/knownInventories';
import { repositoryIdOf } from '../repositories/repositoriesOf';

/** What restores established, and the backups that they began with. */
export interface ProvedFacts {
  readonly proofs: readonly Proof[];
  readonly backups: readonly Backup[];
}

/**
 * The window of a database: that of its repository, or of all of them together,
 * each interval with the repository that holds it. What a repository holds
 * that does not answer stays in it, marked, for nobody can restore it now.
 */
export function windowOf(
  database: ReadyDatabase,
  known: readonly KnownRepository[],
  facts: ProvedFacts & { readonly health?: HealthReport },
): RecoveryWindow {
  const windows = known.map(each => ({
    ...each,
    window: windowIn(database, each, facts),
  }));
  const [only] = windows;
  if (only && windows.length === 1) {
    return only.window;
  }
  const observed = windows.flatMap(({ window }) => window.observedAt ?? []);
  return {
    databaseId: database.id,
    intervals: windows
      .flatMap(({ repository, unreachable, window }) =>
        window.intervals.map(interval => ({
          ...interval,
          repositoryId: repository.id,
          ...(unreachable === undefined ? {} : { repositoryUnreachable: true }),
        })),
      )
      .sort((a, b) => Date.parse(a.from.time) - Date.parse(b.from.time)),
    sentence: windows
      .map(({ repository, unreachable, window }) =>
        unreachable === undefined
          ? `Repository '${repository.id}': ${window.sentence}`
          : `Repository '${repository.id}' does not answer, so what only it holds cannot be restored now; when it was last read: ${window.sentence}`,
      )
      .join(' '),
    // No part of it is newer than the oldest look.
    ...(observed.length > 0 ? { observedAt: observed.sort()[0] } : {}),
  };
}

/** A proof is about the repository that was restored from, and no other. */
function windowIn(
  database: ReadyDatabase,
  { repository, inventory }: KnownRepository,
  { proofs, backups, health }: Parameters<typeof windowOf>[2],
): RecoveryWindow {
  const window = database.engine.engine.describe.recoveryWindow(
    database.id,
    inventory,
    health,
  );
  const isHere = ({ repositoryId }: { readonly repositoryId?: string }) =>
    repositoryIdOf(database, repositoryId) === repository.id;
  return {
    ...window,
    intervals: markProved(
      window.intervals,
      proofs.filter(isHere),
      backups.filter(isHere),
    ),
  };
}
