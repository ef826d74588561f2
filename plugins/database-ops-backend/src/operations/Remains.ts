import { LoggerService } from '@backstage/backend-plugin-api';
import { ConflictError, toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { Executor, WorkerHandle } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import { readJson } from '../database/json';
import { DatabaseCatalog } from '../databases/types';
import { RestoredInstanceStore } from '../restored-instances/RestoredInstanceStore';
import { OperationLeases } from './OperationLeases';
import { ResultRecorder } from './ResultRecorder';
import { OperationRow } from './rows';
import { stopGraceSecondsOf } from './stopGrace';
import { storableEvent } from './storableEvent';

/** For one that ends at once, as most do; one that has to put things back goes on by itself. */
const PATIENCE_MS = 2000;

/** What tidying up needs. */
export interface RemainsOptions {
  readonly executor: Executor;
  readonly leases: OperationLeases;
  readonly databases: DatabaseCatalog;
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
  readonly #underWay = new Set<string>();

  constructor(options: RemainsOptions) {
    this.#options = options;
  }

  /** One that cannot be removed keeps neither the others nor the caller. */
  async remove(isFollowed: (operationId: string) => boolean): Promise<void> {
    for (const row of await this.#options.leases.listRemains()) {
      if (!isFollowed(row.id) && !this.#underWay.has(row.id)) {
        await withPatience(this.#tryToRemove(row));
      }
    }
  }

  async #tryToRemove(row: OperationRow): Promise<void> {
    this.#underWay.add(row.id);
    try {
      await this.#removeOne(row);
      this.#told.delete(row.id);
    } catch (thrown) {
      const { message } = toError(thrown);
      if (this.#told.get(row.id) !== message) {
        this.#told.set(row.id, message);
        this.#options.logger.error(
          `What the worker of operation ${row.id} left on this host was not removed, it is tried again: ${message}`,
        );
      }
    } finally {
      this.#underWay.delete(row.id);
    }
  }

  async #removeOne(row: OperationRow): Promise<void> {
    const { databases, executor, leases } = this.#options;
    const handle = await executor.find(row.id);
    if (handle) {
      await executor.stop(handle, {
        graceSeconds: stopGraceSecondsOf(row, databases),
      });
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

/** Waits for work to be done, but not for long. */
async function withPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>(done => {
    timer = setTimeout(done, PATIENCE_MS);
  });
  try {
    await Promise.race([work, patience]);
  } finally {
    clearTimeout(timer);
  }
}
