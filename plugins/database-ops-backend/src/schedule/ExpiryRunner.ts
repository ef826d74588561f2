import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import { OperationService } from '../operations/OperationService';
import { ActiveOperationError } from '../operations/OperationStore';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';

/** A failed discard is tried again after this time. */
const RETRY_SECONDS = 600;

/** Queues the discard of restored instances whose time is over, on the host that holds them. */
export class ExpiryRunner {
  readonly #instances: RestoredInstanceStore;
  readonly #operations: OperationService;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;

  constructor(options: {
    readonly instances: RestoredInstanceStore;
    readonly operations: OperationService;
    readonly logger: LoggerService;
    readonly clock: () => Date;
  }) {
    this.#instances = options.instances;
    this.#operations = options.operations;
    this.#logger = options.logger;
    this.#clock = options.clock;
  }

  async tick(): Promise<void> {
    const attempt = Math.floor(this.#clock().getTime() / 1000 / RETRY_SECONDS);
    for (const instance of await this.#instances.listExpired()) {
      const requestedBy = `schedule:${instance.databaseId}/expiry`;
      try {
        await this.#operations.requestValid(
          {
            databaseId: instance.databaseId,
            kind: 'discard',
            parameters: { restoredInstanceId: instance.id },
            placementHost: instance.host,
            reason: `Expired ${instance.expiresAt}.`,
          },
          {
            requestedBy,
            idempotencyKey: `${requestedBy}/${instance.id}@${attempt}`,
          },
        );
      } catch (error) {
        if (error instanceof ActiveOperationError) {
          this.#logger.debug(
            `Restored instance ${instance.id} waits for another discard.`,
          );
          continue;
        }
        assertError(error);
        this.#logger.error(
          `Restored instance ${instance.id} is past its expiry and was not discarded: ${error.message}`,
        );
      }
    }
  }
}
