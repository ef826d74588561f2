import { toError } from '@backstage/errors';
import {
  OperateTarget,
  OperationFailedError,
  RunContext,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';

const INTERVAL_MILLISECONDS = 10_000;
/** pgBackRest itself retries for more than eight minutes when the store goes away. */
const GONE_AFTER_SECONDS = 60;

/**
 * Asks the object store now and then while pgBackRest works with it, and
 * aborts when it has been away for a minute.
 */
export class RepositoryWatch {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #lastAnswer = performance.now();
  #asking = false;

  static start(
    target: OperateTarget<PostgresqlConfig>,
    context: RunContext,
  ): RepositoryWatch {
    return new RepositoryWatch(target, context);
  }

  private constructor(
    target: OperateTarget<PostgresqlConfig>,
    context: RunContext,
  ) {
    this.#timer = setInterval(
      () => this.#ask(target, context),
      INTERVAL_MILLISECONDS,
    );
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ask(
    { database, repository }: OperateTarget<PostgresqlConfig>,
    { store, logger }: RunContext,
  ): Promise<void> {
    if (this.#asking) {
      return;
    }
    this.#asking = true;
    try {
      await store.get(`databases/${database.id}/inventory.json`);
      this.#lastAnswer = performance.now();
    } catch (error) {
      const seconds = (performance.now() - this.#lastAnswer) / 1000;
      const message = toError(error).message;
      logger.warn(
        `Repository '${repository.id}' has not answered for ${Math.round(seconds)} s: ${message}`,
      );
      if (seconds > GONE_AFTER_SECONDS) {
        this.stop();
        this.#controller.abort(
          new OperationFailedError({
            cause: `The object store of repository '${repository.id}' has been away for ${Math.round(seconds)} s: ${message}`,
            object: repository.id,
            nextStep:
              'Start the store or repair the way to it, then start it again; a backup goes on with what was copied.',
            code: 'repository-gone',
          }),
        );
      }
    } finally {
      this.#asking = false;
    }
  }
}
