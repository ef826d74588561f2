import { LoggerService } from '@backstage/backend-plugin-api';
import { assertError } from '@backstage/errors';
import {
  Operation,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { ActiveOperationError } from '../operations/ActiveOperationError';
import { OperationService } from '../operations/OperationService';
import { ACTIVE_STATES } from '../operations/stateMachine';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';

/** A discard that failed is tried again this long after its end. */
const RETRY_SECONDS = 3600;

const isActive = ({ state }: Operation) => ACTIVE_STATES.includes(state);

/** Queues the discard of restored instances whose time is over, on the host that holds them. */
export class ExpiryRunner {
  readonly #instances: RestoredInstanceStore;
  readonly #operations: OperationService;
  readonly #logger: LoggerService;
  readonly #clock: () => Date;
  /** Instances that were said to be kept for their promotion. */
  readonly #noted = new Set<string>();

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
    for (const instance of await this.#instances.listExpired()) {
      try {
        await this.#discard(instance);
      } catch (error) {
        if (error instanceof ActiveOperationError) {
          this.#logger.debug(
            `Restored instance ${instance.id} waits for operation ${error.operationId}.`,
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

  async #discard(instance: RestoredInstance): Promise<void> {
    if (instance.mode === 'in-place') {
      this.#remind(instance);
      return;
    }
    const operations = await this.#instances.listOperations(instance);
    const requestedBy = `schedule:${instance.databaseId}/expiry`;
    const last = operations.find(
      operation =>
        operation.kind === 'discard' && operation.requestedBy === requestedBy,
    );
    if (
      operations.some(isActive) ||
      this.#isPromoted(instance, operations) ||
      (last && !this.#isDueAgain(last))
    ) {
      return;
    }
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
        // Replicas that look at the same time follow the same attempt.
        idempotencyKey: `${requestedBy}/${instance.id}@${last?.id ?? 'first'}`,
      },
    );
  }

  /** What took the place of its source is never taken away by a clock. */
  #remind({ id, databaseId, state, host, expiresAt }: RestoredInstance): void {
    if (this.#noted.has(id)) {
      return;
    }
    this.#noted.add(id);
    this.#logger.warn(
      state === 'lost'
        ? `The worker of restore in place ${id} of database '${databaseId}' ended in the middle on ${host}: the source may be stopped or kept aside; discard restored instance ${id}, which puts it back.`
        : `Restore in place ${id} of database '${databaseId}' was to be decided on by ${expiresAt} and is UNPROTECTED: promote it to confirm it, or discard it to roll it back.`,
    );
  }

  /** One that may be a server of its own by now is for a person to discard, however its promotion ended. */
  #isPromoted(
    instance: RestoredInstance,
    operations: readonly Operation[],
  ): boolean {
    const promotion = operations.find(
      ({ kind, startedAt }) => kind === 'promote' && startedAt,
    );
    if (promotion && !this.#noted.has(instance.id)) {
      this.#noted.add(instance.id);
      this.#logger.warn(
        `Restored instance ${instance.id} is past its expiry and is not discarded, for its promotion has begun (operation ${promotion.id}, ${promotion.state}); promote it again, or discard it by hand.`,
      );
    }
    return promotion !== undefined;
  }

  #isDueAgain({ endedAt, requestedAt }: Operation): boolean {
    const sinceMs = Date.parse(endedAt ?? requestedAt);
    return this.#clock().getTime() - sinceMs >= RETRY_SECONDS * 1000;
  }
}
