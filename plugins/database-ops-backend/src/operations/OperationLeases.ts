// Who follows an operation: one portal process at a time, by a lease on the row.
import { OperationState } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { OperationRow } from './rows';
import { ACTIVE_STATES } from './stateMachine';

/** What a renewal says of the operation. */
export interface Renewal {
  readonly state: OperationState;
  readonly cancelRequestedBy?: string;
}

/** A portal process as it takes leases. */
export interface LeaseHolder {
  /** Unique to the process. */
  readonly owner: string;
  readonly host: string;
  readonly executor: string;
}

/** Renews, releases and takes over leases, and finds abandoned operations. */
export class OperationLeases {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #holder: LeaseHolder;
  readonly #leaseSeconds: number;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly holder: LeaseHolder;
    readonly leaseSeconds: number;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#holder = options.holder;
    this.#leaseSeconds = options.leaseSeconds;
  }

  #now(): string {
    return this.#clock().toISOString();
  }

  #until(): string {
    return new Date(
      this.#clock().getTime() + this.#leaseSeconds * 1000,
    ).toISOString();
  }

  /** Takes over a running operation of this host whose portal process died. */
  async adopt(): Promise<OperationRow | undefined> {
    const candidate = await this.#knex<OperationRow>('operations')
      .where({
        state: 'running',
        executor_host: this.#holder.host,
        executor: this.#holder.executor,
      })
      .where('lease_expires_at', '<', this.#now())
      .orderBy('requested_at')
      .first();
    if (!candidate) {
      return undefined;
    }
    const [adopted] = await this.#knex<OperationRow>('operations')
      .where({
        id: candidate.id,
        state: 'running',
        lease_expires_at: candidate.lease_expires_at,
      })
      .update({
        lease_owner: this.#holder.owner,
        lease_expires_at: this.#until(),
        attempt: this.#knex.raw('attempt + 1') as unknown as number,
        version: this.#knex.raw('version + 1') as unknown as number,
      })
      .returning('*');
    return adopted;
  }

  /** Running operations of other hosts that nobody has followed for `silenceSeconds`. */
  async listSilent(silenceSeconds: number): Promise<readonly OperationRow[]> {
    const before = new Date(
      this.#clock().getTime() - silenceSeconds * 1000,
    ).toISOString();
    return this.#knex<OperationRow>('operations')
      .where({ state: 'running' })
      .whereNot({ executor_host: this.#holder.host })
      .where('lease_expires_at', '<', before);
  }

  /**
   * Operations that only another host may run and that have waited for it
   * longer than `absentSeconds`. A host that follows something is only busy.
   */
  async listUnclaimed(absentSeconds: number): Promise<readonly OperationRow[]> {
    const before = new Date(
      this.#clock().getTime() - absentSeconds * 1000,
    ).toISOString();
    return this.#knex<OperationRow>('operations as wanted')
      .where('wanted.state', 'queued')
      .whereNotNull('wanted.placement_host')
      .whereNot('wanted.placement_host', this.#holder.host)
      .where('wanted.requested_at', '<', before)
      .whereNotExists(
        this.#knex('operations as followed')
          .whereRaw('followed.executor_host = wanted.placement_host')
          .where('followed.state', 'running')
          .where('followed.lease_expires_at', '>=', before)
          .select(this.#knex.raw('1')),
      )
      .select('wanted.*');
  }

  /** `undefined` when the lease is another's by now. */
  async renew(operationId: string): Promise<Renewal | undefined> {
    const [row] = await this.#knex<OperationRow>('operations')
      .where({ id: operationId, lease_owner: this.#holder.owner })
      .update({ lease_expires_at: this.#until() })
      .returning(['state', 'cancel_requested_by']);
    return (
      row && {
        state: row.state,
        cancelRequestedBy: row.cancel_requested_by ?? undefined,
      }
    );
  }

  /** Lets another process of this host follow at once. */
  async release(operationId: string): Promise<void> {
    await this.#knex<OperationRow>('operations')
      .where({
        id: operationId,
        lease_owner: this.#holder.owner,
        state: 'running',
      })
      .update({ lease_expires_at: this.#now() });
  }

  /** Ended operations of this host of whose workers something may be left. */
  async listRemains(): Promise<readonly OperationRow[]> {
    return this.#knex<OperationRow>('operations')
      .where({
        executor_host: this.#holder.host,
        executor: this.#holder.executor,
      })
      .whereNotNull('executor_reference')
      .whereNotIn('state', [...ACTIVE_STATES]);
  }

  /** Notes that nothing of its worker is left. */
  async clearHandle(operationId: string): Promise<void> {
    await this.#knex<OperationRow>('operations')
      .where({ id: operationId })
      .update({ executor_reference: null });
  }

  /** Keeps where the worker is found again. */
  async recordHandle(operationId: string, reference: string): Promise<void> {
    await this.#knex<OperationRow>('operations')
      .where({ id: operationId, lease_owner: this.#holder.owner })
      .update({ executor_reference: reference });
  }
}
