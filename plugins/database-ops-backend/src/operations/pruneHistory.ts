// Operations are kept long, what their workers said less long; the audit
// history, which has a retention of its own, keeps who did what.
import { Knex } from 'knex';
import { ACTIVE_STATES } from './stateMachine';

/** `databaseOps.history`. */
export interface HistorySettings {
  /** How long operations that ended are kept. */
  readonly operationsSeconds: number;
  /** How long the events of operations that ended are kept. */
  readonly eventsSeconds: number;
}

/** Small enough that no other writer waits long. */
const BATCH = 500;

/** What was removed. */
export interface Pruned {
  readonly operations: number;
  readonly events: number;
}

/**
 * Removes operations, and events of operations, that ended long ago. One that
 * a proof or a restored instance refers to stays, and its events with it, for
 * it is their evidence; so does one whose retry is kept, a promotion that had
 * begun of an instance that is still there, and an override until its review.
 */
export async function pruneHistory(options: {
  readonly knex: Knex;
  readonly settings: HistorySettings;
  readonly now: Date;
}): Promise<Pruned> {
  const { knex, settings, now } = options;
  const before = (seconds: number) =>
    new Date(now.getTime() - seconds * 1000).toISOString();
  const ended = (seconds: number) =>
    knex('operations as old')
      .whereNotIn('old.state', [...ACTIVE_STATES])
      .where('old.ended_at', '<', before(seconds))
      .whereNotExists(
        knex('restored_instances as instance')
          .whereRaw('instance.operation_id = old.id')
          .select(knex.raw('1')),
      )
      .whereNotExists(
        knex('proofs as proof')
          .whereRaw('proof.id = old.id')
          .select(knex.raw('1')),
      )
      .whereNotExists(
        // Nobody has looked at what somebody did without approval.
        knex('approvals as override')
          .whereRaw('override.operation_id = old.id')
          .where('override.state', 'overridden')
          .whereNull('override.reviewed_at')
          .select(knex.raw('1')),
      )
      .whereNotIn('old.id', begunPromotions(knex))
      .orderBy('old.ended_at')
      .limit(BATCH);

  const operations = await inBatches(async () => {
    const ids: string[] = await ended(settings.operationsSeconds)
      .whereNotExists(
        knex('operations as retry')
          .whereRaw('retry.retry_of = old.id')
          .select(knex.raw('1')),
      )
      .pluck('old.id');
    return ids.length === 0
      ? 0
      : knex('operations').whereIn('id', ids).delete();
  });
  const events = await inBatches(async () => {
    const ids: string[] = await ended(settings.eventsSeconds)
      .whereExists(
        knex('operation_events as event')
          .whereRaw('event.operation_id = old.id')
          .select(knex.raw('1')),
      )
      .pluck('old.id');
    return ids.length === 0
      ? 0
      : knex('operation_events').whereIn('operation_id', ids).delete();
  });
  return { operations, events };
}

/**
 * Of instances that are still there: what keeps them from being discarded by
 * themselves, for they may be servers of their own by now.
 */
function begunPromotions(knex: Knex): Knex.QueryBuilder {
  return knex('operations as promotion')
    .join('restored_instances as promoted', join =>
      join.on('promoted.database_id', 'promotion.database_id'),
    )
    .where('promotion.kind', 'promote')
    .whereNotNull('promotion.started_at')
    .whereNotIn('promoted.state', ['discarded'])
    .whereRaw(`promotion.parameters like '%' || promoted.id || '%'`)
    .select('promotion.id');
}

async function inBatches(removeBatch: () => Promise<number>): Promise<number> {
  let removed = 0;
  for (;;) {
    const count = await removeBatch();
    if (count === 0) {
      return removed;
    }
    removed += count;
  }
}
