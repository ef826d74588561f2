import { MaintenanceMode } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import {
  GLOBAL_SCOPE,
  MaintenanceModes,
} from '../maintenance/MaintenanceModes';
import { OperationRow } from '../operations/rows';

/** What metrics tell of the queue. */
export interface QueueFacts {
  /** How long the oldest operation has waited that nothing holds back on purpose. */
  readonly oldestSeconds: number;
  readonly stuck: readonly Pick<OperationRow, 'database_id' | 'kind'>[];
  readonly modes: readonly MaintenanceMode[];
}

/** Reads {@link QueueFacts}. */
export async function readQueueFacts(options: {
  readonly knex: Knex;
  readonly maintenance: MaintenanceModes;
  readonly now: Date;
}): Promise<QueueFacts> {
  const { knex, maintenance, now } = options;
  const [queued, stuck, modes] = await Promise.all([
    knex<OperationRow>('operations')
      .where({ state: 'queued' })
      .select('database_id', 'requested_at', 'not_before_ms'),
    knex<OperationRow>('operations')
      .where({ state: 'running' })
      .whereNotNull('stuck_at_ms')
      .select('database_id', 'kind'),
    maintenance.list(),
  ]);
  const paused = new Set(modes.map(({ scope }) => scope));
  const waited = queued
    .filter(row => !paused.has(GLOBAL_SCOPE) && !paused.has(row.database_id))
    .map(
      row =>
        now.getTime() -
        Math.max(Date.parse(row.requested_at), Number(row.not_before_ms)),
    );
  return {
    oldestSeconds:
      waited.reduce((most, each) => Math.max(most, each), 0) / 1000,
    stuck,
    modes,
  };
}
