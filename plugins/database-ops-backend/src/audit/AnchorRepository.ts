import { toError } from '@backstage/errors';
import { LockTerm, ObjectStore } from 'backstage-plugin-database-ops-node';
import { AuditObjects } from './anchors';
import { ChainKeeping } from './ChainKeeping';

/** The repository that vouches for the history, where there is one and it answers. */
export class AnchorRepository {
  readonly #settings: Pick<ChainKeeping, 'chain' | 'lockSeconds'>;
  readonly #openStore: (() => Promise<ObjectStore>) | undefined;

  constructor(options: {
    readonly settings: Pick<ChainKeeping, 'chain' | 'lockSeconds'>;
    /** Absent when there is none. */
    readonly openStore?: () => Promise<ObjectStore>;
  }) {
    this.#settings = options.settings;
    this.#openStore = options.openStore;
  }

  /** @param use - gets the problem in place of what cannot be opened */
  async use<T>(
    use: (objects: AuditObjects | undefined, problem?: string) => Promise<T>,
  ): Promise<T> {
    if (!this.#openStore) {
      return use(
        undefined,
        'No repository is configured, so nothing outside the database vouches for the history.',
      );
    }
    let store: ObjectStore;
    try {
      store = await this.#openStore();
    } catch (error) {
      return use(undefined, toError(error).message);
    }
    try {
      return await use(
        new AuditObjects(store, {
          chain: this.#settings.chain,
          lockTerm: this.#lockTerm(),
        }),
      );
    } finally {
      store.close();
    }
  }

  #lockTerm(): (() => LockTerm) | undefined {
    const { lockSeconds } = this.#settings;
    if (lockSeconds === undefined) {
      return undefined;
    }
    return () => {
      // The wall clock: it is the store that judges the term.
      const now = Date.now();
      return {
        until: new Date(now + lockSeconds * 1000),
        atLeast: new Date(now),
      };
    };
  }
}
