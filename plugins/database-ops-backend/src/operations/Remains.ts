import { LoggerService } from '@backstage/backend-plugin-api';
import { ConflictError, toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Executor, WorkerHandle } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { readJson } from '../database/json';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { OperationLeases } from './OperationLeases';
import { ResultRecorder } from './ResultRecorder';
import { OperationRow } from './rows';
import { storableEvent } from './storableEvent';

/** Nobody waits for such a worker's answer any more. */
const GRACE_SECONDS = 5;

/** What tidying up needs. */
export interface RemainsOptions {
  readonly executor: Executor;
  readonly leases: OperationLeases;
  readonly instances: RestoredInstanceStore;
  readonly results: ResultRecorder;
  readonly knex: Knex;
  readonly clock: () => Date;
  readonly logger: LoggerService;
}

/**
 * Ends workers whose operation became final without them: another replica
 * gave this host up, or a portal process died before it tidied up.
 */
export class Remains {
  readonly #options: RemainsOptions;
  /** The last error of each, so that it is not told at every look. */
  readonly #told = new Map<string, string>();

  constructor(options: RemainsOptions) {
    this.#options = options;
  }

  /** One that cannot be removed keeps neither the others nor the caller. */
  async remove(isFollowed: (operationId: string) => boolean): Promise<void> {
    const { leases, logger } = this.#options;
    for (const row of await leases.listRemains()) {
      if (isFollowed(row.id)) {
        continue;
      }
      try {
        await this.#removeOne(row);
        this.#told.delete(row.id);
      } catch (thrown) {
        const { message } = toError(thrown);
        if (this.#told.get(row.id) !== message) {
          this.#told.set(row.id, message);
          logger.error(
            `What the worker of operation ${row.id} left on this host was not removed, it is tried again: ${message}`,
          );
        }
      }
    }
  }

  async #removeOne(row: OperationRow): Promise<void> {
    const { executor, leases } = this.#options;
    const handle = await executor.find(row.id);
    if (handle) {
      await executor.stop(handle, { graceSeconds: GRACE_SECONDS });
      if (row.kind === 'restore' && row.state !== 'succeeded') {
        await this.#keepRestored(row, handle);
      }
      await executor.forget(handle);
    }
    await leases.clearHandle(row.id);
  }

  /** A restore that had ended well holds data that somebody must discard: its expiry is now. */
  async #keepRestored(row: OperationRow, handle: WorkerHandle): Promise<void> {
    const { clock, instances, knex, logger, results } = this.#options;
    const result = await this.#resultOf(handle);
    const known = await instances.get(row.id);
    const isUnsettled = known?.state === 'lost' && known.mode === 'in-place';
    if (!result || (known && !isUnsettled)) {
      return;
    }
    const restoredInstance = {
      ...(result.restoredInstance as JsonObject | undefined),
      expiresAt: clock().toISOString(),
    };
    await knex.transaction(async trx => {
      await instances.removeLost(trx, row.id);
      await results.record(trx, row, readJson(row.parameters), {
        restoredInstance,
      });
    });
    logger.warn(
      `Restore ${row.id} is ${row.state}, but its worker had restored an instance; ${isUnsettled ? 'it is in the place of its source: promote or discard it' : 'it is discarded now'}.`,
    );
  }

  async #resultOf(handle: WorkerHandle): Promise<JsonObject | undefined> {
    const { executor } = this.#options;
    if ((await executor.state(handle)).state === 'running') {
      throw new ConflictError(
        `The worker in '${handle.reference}' goes on though it was stopped; look at it on ${executor.host}.`,
      );
    }
    const { signal } = new AbortController();
    let result: JsonObject | undefined;
    for await (const event of executor.follow(handle, 0, signal)) {
      if (event.type === 'result') {
        const stored = storableEvent(event);
        result = stored.type === 'result' ? stored.data : undefined;
      }
    }
    return result;
  }
}
