import { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';

/** Of the time that passes, at most a twentieth goes into making answers. */
const REST_FACTOR = 20;
const LONGEST_REST_MS = 10_000;
/** Older answers are not given, however long a new one takes. */
const OLDEST_MS = 60_000;

/**
 * Keeps an answer that is dear to make for a time that grows with its cost,
 * and gives the last one while the next is made. With few databases the
 * answer costs next to nothing and is made each time.
 */
export class OverviewCache<T> {
  readonly #make: () => Promise<T>;
  readonly #logger: LoggerService;
  readonly #isSmall: () => boolean;
  #last: { readonly value: T; readonly madeAtMs: number } | undefined;
  #restMs = 0;
  #making: Promise<T> | undefined;

  constructor(options: {
    readonly make: () => Promise<T>;
    readonly logger: LoggerService;
    /** Whether the answer is cheap enough to be made each time. */
    readonly isSmall: () => boolean;
  }) {
    this.#make = options.make;
    this.#logger = options.logger;
    this.#isSmall = options.isSmall;
  }

  async read(): Promise<T> {
    if (this.#isSmall()) {
      return this.#make();
    }
    const ageMs = this.#last
      ? performance.now() - this.#last.madeAtMs
      : Infinity;
    if (this.#last && ageMs < this.#restMs) {
      return this.#last.value;
    }
    const making = this.#remake();
    if (this.#last && ageMs < OLDEST_MS) {
      // This caller has an answer; the next one that has to wait hears of a failure itself.
      making.catch(error =>
        this.#logger.warn(
          `The overview of databases was not renewed: ${toError(error).message}`,
        ),
      );
      return this.#last.value;
    }
    return making;
  }

  #remake(): Promise<T> {
    this.#making ??= this.#makeOne().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #makeOne(): Promise<T> {
    const startedAtMs = performance.now();
    const value = await this.#make();
    const madeAtMs = performance.now();
    this.#restMs = Math.min(
      LONGEST_REST_MS,
      (madeAtMs - startedAtMs) * REST_FACTOR,
    );
    this.#last = { value, madeAtMs };
    return value;
  }
}
