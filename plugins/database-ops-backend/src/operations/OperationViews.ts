import { Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { ApprovalStore, summaryOf } from '../approvals/ApprovalStore';
import { MaintenanceModes } from '../maintenance/MaintenanceModes';
import { ConcurrencyLimits, RUNNING_COLUMNS } from './queue/places';
import { whyWaiting } from './queue/whyWaiting';
import { OperationRow } from './rows';

/** Adds to operations what other rows say of them, each question asked once. */
export class OperationViews {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #maintenance: MaintenanceModes;
  readonly #approvals: ApprovalStore;
  readonly #limits: ConcurrencyLimits;
  readonly #host: string;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly maintenance: MaintenanceModes;
    readonly approvals: ApprovalStore;
    readonly limits: ConcurrencyLimits;
    readonly host: string;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#maintenance = options.maintenance;
    this.#approvals = options.approvals;
    this.#limits = options.limits;
    this.#host = options.host;
  }

  async describe(
    operations: readonly Operation[],
  ): Promise<readonly Operation[]> {
    const [approvals, waits, retries] = await Promise.all([
      this.#approvals.listOf(operations.map(({ id }) => id)),
      this.#waits(operations.filter(({ state }) => state === 'queued')),
      this.#retries(operations),
    ]);
    return operations.map(operation => {
      const approval = approvals.get(operation.id);
      return {
        ...operation,
        waitingFor: waits.get(operation.id),
        retriedBy: retries.get(operation.id),
        approval: approval && summaryOf(approval, operation),
      };
    });
  }

  async #waits(
    queued: readonly Operation[],
  ): Promise<ReadonlyMap<string, string | undefined>> {
    if (queued.length === 0) {
      return new Map();
    }
    const running = await this.#knex<OperationRow>('operations')
      .where({ state: 'running' })
      .select(...RUNNING_COLUMNS);
    const rows: OperationRow[] = await this.#knex<OperationRow>('operations')
      .whereIn(
        'id',
        queued.map(({ id }) => id),
      )
      .where({ state: 'queued' });
    const view = {
      running,
      modes: await this.#maintenance.list(),
      limits: this.#limits,
      host: this.#host,
      now: this.#clock(),
    };
    return new Map(rows.map(row => [row.id, whyWaiting(row, view)]));
  }

  /** The newest retry of each. */
  async #retries(
    operations: readonly Operation[],
  ): Promise<ReadonlyMap<string, string>> {
    if (operations.length === 0) {
      return new Map();
    }
    const rows: Pick<OperationRow, 'id' | 'retry_of'>[] =
      await this.#knex<OperationRow>('operations')
        .whereIn(
          'retry_of',
          operations.map(({ id }) => id),
        )
        .orderBy('requested_at')
        .select('id', 'retry_of');
    return new Map(rows.map(row => [row.retry_of ?? '', row.id]));
  }
}
