import { ChainedBackup } from './types';

/**
 * Which backups build on which. Only what is whole counts as restorable: the
 * backup itself and everything it needs are present and undamaged.
 */
export class Chains {
  /** Oldest first. */
  readonly all: readonly ChainedBackup[];
  readonly #byId: ReadonlyMap<string, ChainedBackup>;
  readonly #whole: ReadonlySet<string>;

  constructor(backups: readonly ChainedBackup[]) {
    this.all = backups
      .filter(({ state }) => state !== 'missing')
      .toSorted(
        (a, b) =>
          Date.parse(a.stoppedAt) - Date.parse(b.stoppedAt) ||
          (a.id < b.id ? -1 : 1),
      );
    this.#byId = new Map(this.all.map(backup => [backup.id, backup]));
    this.#whole = new Set(
      this.all
        .filter(({ id, chain }) =>
          [id, ...chain].every(one => this.#byId.get(one)?.state === 'present'),
        )
        .map(({ id }) => id),
    );
  }

  find(backupId: string): ChainedBackup | undefined {
    return this.#byId.get(backupId);
  }

  isFull(backup: ChainedBackup): boolean {
    return backup.chain.every(id => id === backup.id);
  }

  isWhole({ id }: ChainedBackup): boolean {
    return this.#whole.has(id);
  }

  /** What a chain needs that the repository does not hold. */
  missingOf(backup: ChainedBackup): readonly string[] {
    return backup.chain.filter(id => !this.#byId.has(id));
  }

  /** The full backup that a chain begins with, when the repository holds it. */
  fullOf(backup: ChainedBackup): ChainedBackup | undefined {
    return [backup.id, ...backup.chain]
      .map(id => this.#byId.get(id))
      .find(found => found !== undefined && this.isFull(found));
  }

  /** Ids of the backups that need this one, oldest first. */
  dependentsOf(backupId: string): readonly string[] {
    return this.all
      .filter(({ id, chain }) => id !== backupId && chain.includes(backupId))
      .map(({ id }) => id);
  }
}
