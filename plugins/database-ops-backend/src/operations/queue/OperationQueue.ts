// What runs next: the one place that decides it, for all replicas.
import { Knex } from 'knex';
import {
  MaintenanceModes,
  PASSING_KINDS,
} from '../../maintenance/MaintenanceModes';
import { LeaseHolder } from '../OperationLeases';
import { OperationRow } from '../rows';
import {
  ConcurrencyLimits,
  RUNNING_COLUMNS,
  RunningOperation,
  TakenPlaces,
  databasesBeingWritten,
  takenPlaces,
} from './places';
import {
  AGED_AFTER_SECONDS,
  AGED_PRIORITY,
  URGENT_PRIORITY,
  WRITING_KINDS,
} from './priorities';

/** Claims queued operations in their order. */
export class OperationQueue {
  readonly #knex: Knex;
  readonly #clock: () => Date;
  readonly #holder: LeaseHolder;
  readonly #leaseSeconds: number;
  readonly #limits: ConcurrencyLimits;
  readonly #maintenance: MaintenanceModes;

  constructor(options: {
    readonly knex: Knex;
    readonly clock: () => Date;
    readonly holder: LeaseHolder;
    readonly leaseSeconds: number;
    readonly limits: ConcurrencyLimits;
    readonly maintenance: MaintenanceModes;
  }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
    this.#holder = options.holder;
    this.#leaseSeconds = options.leaseSeconds;
    this.#limits = options.limits;
    this.#maintenance = options.maintenance;
  }

  /**
   * Claims the operation whose turn it is and runs `together` with it in the
   * same transaction. Gives `undefined` when none may start here now.
   */
  async claim(
    together: (trx: Knex.Transaction, row: OperationRow) => Promise<void>,
  ): Promise<OperationRow | undefined> {
    // A look that takes no lock: most of the time there is nothing to claim.
    const wanted = await this.#candidate(this.#knex);
    if (!wanted) {
      return undefined;
    }
    return this.#knex.transaction(async trx => {
      // Replicas that claimed at the same time would overstep the limits together.
      await trx('queue_lock').where({ id: 1 }).forUpdate().first();
      const id = await this.#candidate(trx);
      const row = id === undefined ? undefined : await this.#take(trx, id);
      if (row) {
        await together(trx, row);
      }
      return row;
    });
  }

  async #candidate(knex: Knex): Promise<string | undefined> {
    const waits = await knex('operations')
      .where({ state: 'queued' })
      .first('id');
    if (!waits) {
      return undefined;
    }
    const running: readonly RunningOperation[] = await knex<OperationRow>(
      'operations',
    )
      .where({ state: 'running' })
      .select(...RUNNING_COLUMNS);
    const places = (urgent: boolean) =>
      takenPlaces(running, {
        limits: this.#limits,
        host: this.#holder.host,
        urgent,
      });
    const modes = await this.#maintenance.list(knex);
    if (modes.some(({ scope }) => scope === 'global')) {
      return undefined;
    }
    const now = this.#clock();
    const query = knex<OperationRow>('operations as wanted')
      .leftJoin('queue_turns as turn', 'turn.database_id', 'wanted.database_id')
      .where('wanted.state', 'queued')
      .where(due =>
        due
          .whereNull('wanted.not_before_ms')
          .orWhere('wanted.not_before_ms', '<=', now.getTime()),
      )
      .where(placed =>
        placed
          .whereNull('wanted.placement_host')
          .orWhere('wanted.placement_host', this.#holder.host),
      )
      .where(free =>
        free
          .whereNotIn('wanted.kind', [...WRITING_KINDS])
          .orWhereNotIn('wanted.database_id', [
            ...databasesBeingWritten(running),
          ]),
      )
      .where(open =>
        open
          .whereNotIn(
            'wanted.database_id',
            modes.map(({ scope }) => scope),
          )
          .orWhere(passing =>
            passing
              .whereIn('wanted.kind', [...PASSING_KINDS])
              .where('wanted.requested_by', 'like', 'user:%'),
          ),
      )
      .where(either =>
        either
          .where(urgent =>
            whereFree(
              urgent.where('wanted.priority', URGENT_PRIORITY),
              places(true),
            ),
          )
          .orWhere(other =>
            whereFree(
              other.whereNot('wanted.priority', URGENT_PRIORITY),
              places(false),
            ),
          ),
      );
    const aged = new Date(now.getTime() - AGED_AFTER_SECONDS * 1000);
    const candidate = await query
      .orderByRaw(
        'case when wanted.priority > ? and wanted.requested_at < ? then ? else wanted.priority end',
        [AGED_PRIORITY, aged.toISOString(), AGED_PRIORITY],
      )
      // Databases take turns: one with much to do does not hold up the others.
      .orderByRaw('coalesce(turn.claimed_at_ms, 0)')
      .orderBy('wanted.requested_at')
      .orderBy('wanted.id')
      .first<{ id: string } | undefined>('wanted.id');
    return candidate?.id;
  }

  async #take(
    trx: Knex.Transaction,
    id: string,
  ): Promise<OperationRow | undefined> {
    const { owner, host, executor } = this.#holder;
    const now = this.#clock();
    // Somebody may have cancelled it: the state in the condition decides.
    const [claimed] = await trx<OperationRow>('operations')
      .where({ id, state: 'queued' })
      .update({
        state: 'running',
        started_at: now.toISOString(),
        progressed_at_ms: now.getTime(),
        executor,
        executor_host: host,
        lease_owner: owner,
        lease_expires_at: new Date(
          now.getTime() + this.#leaseSeconds * 1000,
        ).toISOString(),
        attempt: trx.raw('attempt + 1') as unknown as number,
        version: trx.raw('version + 1') as unknown as number,
      })
      .returning('*');
    if (claimed) {
      await trx('queue_turns')
        .insert({
          database_id: claimed.database_id,
          claimed_at_ms: now.getTime(),
        })
        .onConflict('database_id')
        .merge();
    }
    return claimed;
  }
}

function whereFree(
  query: Knex.QueryBuilder,
  taken: TakenPlaces,
): Knex.QueryBuilder {
  if (taken.total || taken.host) {
    return query.whereRaw('1 = 0');
  }
  return query.where(free =>
    free
      .whereNull('wanted.repository_id')
      .orWhereNotIn('wanted.repository_id', [...taken.repositoryIds]),
  );
}
