import {
  Inventory,
  RepositoryDefinition,
} from 'backstage-plugin-database-ops-node';
import { BackupReader, StoredInventory } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import { RestorableSpan } from '../reachability/restorableSpan';
import { repositoriesOf, storedAs } from './repositoriesOf';

/** What is known of one repository of a database. */
export interface KnownRepository {
  readonly repository: RepositoryDefinition;
  /** Absent while nobody has read it. */
  readonly inventory?: Inventory;
  /** Why it does not answer now; absent while it does. */
  readonly unreachable?: string;
  /** What the inventory lets the database be restored to; absent where it was not found out. */
  readonly restorable?: RestorableSpan;
}

/** What was last read of each repository of a database, in the order of configuration. */
export async function knownRepositories(
  backups: Pick<BackupReader, 'listInventories'>,
  database: ReadyDatabase,
): Promise<readonly KnownRepository[]> {
  const byName = new Map<string, StoredInventory>(
    (await backups.listInventories(database.id)).map(each => [
      each.stored,
      each,
    ]),
  );
  return repositoriesOf(database).map(repository => {
    const known = byName.get(storedAs(database, repository.id));
    return {
      repository,
      inventory: known?.inventory,
      unreachable: known?.unreachable,
      restorable: known?.restorable,
    };
  });
}

/** Those that answer; all of them while none does, for then the last that is known has to do. */
export function answering<T extends { readonly unreachable?: string }>(
  known: readonly T[],
): readonly T[] {
  const heard = known.filter(({ unreachable }) => unreachable === undefined);
  return heard.length > 0 ? heard : known;
}
