import { Signal } from 'backstage-plugin-database-ops-common';
import { InventoryLocks, signalOf } from 'backstage-plugin-database-ops-node';
import { BackupReader } from '../backups/types';
import { ReadyDatabase } from '../databases/types';
import { SignalSource } from '../monitoring/types';
import { knownRepositories } from './knownInventories';
import { signalOfRepository } from './signalOfRepository';

/** So many are named; the rest is counted. */
const NAMED = 3;

/**
 * Whether backups are locked against removal, as the last inventory found it
 * written down. Nothing is said of repositories without Object Lock, and of
 * engines that lock nothing.
 */
export class LockSignal implements SignalSource {
  readonly id = 'repository-locks';
  readonly title = 'Locks of the backups';
  readonly #backups: Pick<BackupReader, 'listInventories'>;

  constructor(options: {
    readonly backups: Pick<BackupReader, 'listInventories'>;
  }) {
    this.#backups = options.backups;
  }

  async read(database: ReadyDatabase, now: Date): Promise<readonly Signal[]> {
    const known = await knownRepositories(this.#backups, database);
    return known.flatMap(({ repository, inventory }, index) => {
      const { locks, backups = [] } = inventory ?? {};
      return repository.setup?.objectLock && locks && backups.length > 0
        ? [
            signalOfRepository(this.#judge(repository.id, locks, now), {
              repository,
              index,
            }),
          ]
        : [];
    });
  }

  #judge(
    repositoryId: string,
    { unlockedBackups, until, problem }: InventoryLocks,
    now: Date,
  ): Signal {
    const about = { id: this.id, title: this.title, observedAt: now };
    const isOver = until !== undefined && Date.parse(until) <= now.getTime();
    const wrong = [
      ...(unlockedBackups.length > 0
        ? [
            `Not locked against removal in repository '${repositoryId}': ${inWords(unlockedBackups)}. The next backup or expire locks what is there.`,
          ]
        : []),
      ...(isOver
        ? [
            `The first lock in repository '${repositoryId}' ended at ${until}: no backup or expire has lengthened it.`,
          ]
        : []),
      ...(problem === undefined ? [] : [problem]),
    ];
    return wrong.length > 0
      ? signalOf('warning', { ...about, sentence: wrong.join(' ') })
      : signalOf('ok', {
          ...about,
          sentence: `The backups in repository '${repositoryId}' are locked against removal${until === undefined ? '' : `; the first lock ends at ${until}, unless an expire lengthens it before`}.`,
        });
  }
}

function inWords(backupIds: readonly string[]): string {
  const named = backupIds.slice(-NAMED).join(', ');
  const more = backupIds.length - NAMED;
  return more > 0 ? `${named} and ${more} more` : named;
}
