import { toError } from '@backstage/errors';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { OpenStore } from '../reconciliation/Reconciler';

/** Counting lists every object: once an hour is enough for a size. */
const VALID_SECONDS = 3600;
const RETRY_SECONDS = 60;
/** A page does not wait longer; the next one finds the number. */
const WAIT_SECONDS = 3;

/** How much lies in a repository. */
export interface CountedStorage {
  readonly bytesByClass: ReadonlyMap<string, number>;
  readonly countedAt: Date;
}

type Counting = CountedStorage | { readonly failure: string };

/**
 * Sizes of repositories by storage class, current objects only: what deleted
 * and replaced versions still take is not in it.
 */
export class StorageSizes {
  readonly #openStore: OpenStore;
  readonly #clock: () => Date;
  readonly #countings = new Map<
    string,
    { readonly counting: Promise<Counting>; validUntilMs: number }
  >();

  constructor(options: {
    readonly openStore: OpenStore;
    readonly clock: () => Date;
  }) {
    this.#openStore = options.openStore;
    this.#clock = options.clock;
  }

  /** Never throws; `pending` while a big repository is being counted. */
  async of(repository: RepositoryDefinition): Promise<Counting | 'pending'> {
    const nowMs = this.#clock().getTime();
    const known = this.#countings.get(repository.id);
    const counting =
      known && nowMs < known.validUntilMs
        ? known.counting
        : this.#begin(repository, nowMs);
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<'pending'>(resolve => {
      timer = setTimeout(() => resolve('pending'), WAIT_SECONDS * 1000);
    });
    try {
      return await Promise.race([counting, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  #begin(repository: RepositoryDefinition, nowMs: number): Promise<Counting> {
    const entry = {
      counting: this.#count(repository),
      validUntilMs: nowMs + VALID_SECONDS * 1000,
    };
    this.#countings.set(repository.id, entry);
    void entry.counting.then(counted => {
      if ('failure' in counted) {
        entry.validUntilMs = nowMs + RETRY_SECONDS * 1000;
      }
    });
    return entry.counting;
  }

  async #count(repository: RepositoryDefinition): Promise<Counting> {
    const countedAt = this.#clock();
    try {
      const store = await this.#openStore(repository);
      try {
        const bytesByClass = new Map<string, number>();
        for await (const { sizeBytes, storageClass } of store.list('')) {
          const name = storageClass ?? 'STANDARD';
          bytesByClass.set(name, (bytesByClass.get(name) ?? 0) + sizeBytes);
        }
        return { bytesByClass, countedAt };
      } finally {
        store.close();
      }
    } catch (thrown) {
      return { failure: toError(thrown).message };
    }
  }
}
