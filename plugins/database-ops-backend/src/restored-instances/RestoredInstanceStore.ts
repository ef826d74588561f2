import {
  Moment,
  Operation,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { InstanceOutcome } from 'backstage-plugin-database-ops-node';
import { Knex } from 'knex';
import {
  readJson,
  readOptionalJson,
  writeOptionalJson,
} from '../database/json';
import { OperationRow, toOperation } from '../operations/rows';

interface RestoredInstanceRow {
  readonly id: string;
  readonly database_id: string;
  readonly repository_id: string | null;
  readonly operation_id: string;
  readonly mode: RestoredInstance['mode'] | null;
  readonly backup_id: string | null;
  readonly moment: string | null;
  readonly state: RestoredInstance['state'];
  readonly executor: string | null;
  readonly host: string;
  readonly directory: string;
  readonly size_bytes: number | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly discarded_at: string | null;
  readonly connection: string;
  readonly facts: string;
}

/** States in which something of a restored instance is still there to be discarded. */
const KEPT_STATES: readonly RestoredInstance['state'][] = [
  'recovering',
  'paused',
  'running',
  'lost',
];

/** Of a lost one only a person knows whether its host comes back. */
const REACHABLE_STATES = KEPT_STATES.filter(state => state !== 'lost');

function toInstance(row: RestoredInstanceRow): RestoredInstance {
  return {
    id: row.id,
    databaseId: row.database_id,
    repositoryId: row.repository_id ?? undefined,
    operationId: row.operation_id,
    mode: row.mode ?? undefined,
    backupId: row.backup_id ?? undefined,
    moment: readOptionalJson<Moment>(row.moment),
    state: row.state,
    executor: row.executor ?? undefined,
    host: row.host,
    directory: row.directory,
    sizeBytes: row.size_bytes ?? undefined,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    discardedAt: row.discarded_at ?? undefined,
    connection: readJson<RestoredInstance['connection'] & object>(
      row.connection,
    ),
    facts: readJson(row.facts),
  };
}

/** Whether something of it is left to be discarded. */
export function isKept(instance: RestoredInstance): boolean {
  return KEPT_STATES.includes(instance.state);
}

/** What restores made. */
export class RestoredInstanceStore {
  readonly #knex: Knex;
  readonly #clock: () => Date;

  constructor(options: { readonly knex: Knex; readonly clock: () => Date }) {
    this.#knex = options.knex;
    this.#clock = options.clock;
  }

  async add(
    trx: Knex.Transaction,
    instance: Omit<RestoredInstance, 'createdAt' | 'discardedAt'> & {
      readonly directory: string;
    },
  ): Promise<void> {
    const row: RestoredInstanceRow = {
      id: instance.id,
      database_id: instance.databaseId,
      repository_id: instance.repositoryId ?? null,
      operation_id: instance.operationId,
      mode: instance.mode ?? null,
      backup_id: instance.backupId ?? null,
      moment: writeOptionalJson(instance.moment),
      state: instance.state,
      executor: instance.executor ?? null,
      host: instance.host,
      directory: instance.directory,
      size_bytes: instance.sizeBytes ?? null,
      created_at: this.#clock().toISOString(),
      expires_at: new Date(instance.expiresAt).toISOString(),
      discarded_at: null,
      connection: JSON.stringify(instance.connection ?? {}),
      facts: JSON.stringify(instance.facts ?? {}),
    };
    await trx<RestoredInstanceRow>('restored_instances').insert(row);
  }

  async markDiscarded(trx: Knex.Transaction, id: string): Promise<void> {
    await trx<RestoredInstanceRow>('restored_instances').where({ id }).update({
      state: 'discarded',
      discarded_at: this.#clock().toISOString(),
    });
  }

  /** What an operation on it changed; facts are added to those it had. */
  async change(
    trx: Knex.Transaction,
    id: string,
    outcome: InstanceOutcome,
  ): Promise<void> {
    const row = await trx<RestoredInstanceRow>('restored_instances')
      .where({ id })
      .first();
    await trx<RestoredInstanceRow>('restored_instances')
      .where({ id })
      .update({
        state: outcome.state,
        ...(outcome.moment ? { moment: JSON.stringify(outcome.moment) } : {}),
        ...(outcome.connection
          ? { connection: JSON.stringify(outcome.connection) }
          : {}),
        ...(outcome.sizeBytes === undefined
          ? {}
          : { size_bytes: outcome.sizeBytes }),
        ...(outcome.facts
          ? {
              facts: JSON.stringify({
                ...(row ? readJson<object>(row.facts) : {}),
                ...outcome.facts,
              }),
            }
          : {}),
      });
  }

  /** Where it stands is not known any more: an advance ended half-way. */
  async forgetMoment(
    trx: Knex.Transaction,
    id: string,
    because: string,
  ): Promise<void> {
    const row = await trx<RestoredInstanceRow>('restored_instances')
      .where({ id })
      .first();
    await trx<RestoredInstanceRow>('restored_instances')
      .where({ id })
      .update({
        moment: null,
        facts: JSON.stringify({
          ...(row ? readJson<object>(row.facts) : {}),
          target: because,
        }),
      });
  }

  /** One that was discarded meanwhile stays so. */
  async markLost(trx: Knex.Transaction, id: string): Promise<void> {
    await trx<RestoredInstanceRow>('restored_instances')
      .where({ id })
      .whereIn('state', [...REACHABLE_STATES])
      .update({ state: 'lost' });
  }

  /** Gives up a lost one; nothing of it is removed. Whether it was one. */
  async forget(
    trx: Knex.Transaction,
    id: string,
    because: string,
  ): Promise<boolean> {
    const row = await trx<RestoredInstanceRow>('restored_instances')
      .where({ id, state: 'lost' })
      .forUpdate()
      .first();
    if (!row) {
      return false;
    }
    const facts = { ...readJson<object>(row.facts), forgotten: because };
    const changed = await trx<RestoredInstanceRow>('restored_instances')
      .where({ id, state: 'lost' })
      .update({
        state: 'discarded',
        discarded_at: this.#clock().toISOString(),
        facts: JSON.stringify(facts),
      });
    return changed > 0;
  }

  async get(id: string): Promise<RestoredInstance | undefined> {
    const row = await this.#knex<RestoredInstanceRow>('restored_instances')
      .where({ id })
      .first();
    return row && toInstance(row);
  }

  /** Newest first. */
  async list(databaseId: string): Promise<readonly RestoredInstance[]> {
    const rows: RestoredInstanceRow[] = await this.#knex<RestoredInstanceRow>(
      'restored_instances',
    )
      .where({ database_id: databaseId })
      .orderBy('created_at', 'desc');
    return rows.map(toInstance);
  }

  /** Forgets one that was noted only because its worker had gone. */
  async removeLost(trx: Knex.Transaction, id: string): Promise<void> {
    await trx<RestoredInstanceRow>('restored_instances')
      .where({ id, state: 'lost' })
      .delete();
  }

  /** Those past their expiry that are still there: reachable, or in the place of a source. */
  async listExpired(): Promise<readonly RestoredInstance[]> {
    const rows: RestoredInstanceRow[] = await this.#knex<RestoredInstanceRow>(
      'restored_instances',
    )
      .where(kept => {
        kept
          .whereIn('state', [...REACHABLE_STATES])
          .orWhere({ state: 'lost', mode: 'in-place' });
      })
      .where('expires_at', '<=', this.#clock().toISOString())
      .orderBy('expires_at');
    return rows.map(toInstance);
  }

  /** Advances, promotions and discards of one, the newest first. */
  async listOperations(
    instance: Pick<RestoredInstance, 'id' | 'databaseId'>,
  ): Promise<readonly Operation[]> {
    const rows: OperationRow[] = await this.#knex<OperationRow>('operations')
      .where({ database_id: instance.databaseId })
      .whereIn('kind', ['advance', 'promote', 'discard'])
      .orderBy('requested_at', 'desc');
    return rows
      .map(toOperation)
      .filter(
        ({ parameters }) => parameters.restoredInstanceId === instance.id,
      );
  }
}
