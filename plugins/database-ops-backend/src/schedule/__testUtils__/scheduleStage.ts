// Replicas of a portal whose only policy has one schedule, on a clock of their own.
import { TestDatabaseId, TestDatabases } from '@backstage/backend-test-utils';
import { JsonObject } from '@backstage/types';
import { Knex } from 'knex';
import {
  TestClock,
  createTestStack,
  migrate,
} from '../../__testUtils__/testStack';
import { MaintenanceModes } from '../../maintenance/MaintenanceModes';
import { createSchedules } from '../createSchedules';

export function policies(
  schedule: JsonObject,
  policy: JsonObject = {},
): JsonObject {
  return {
    policies: {
      standard: {
        schedules: { often: { kind: 'backup', type: 'full', ...schedule } },
        ...policy,
      },
    },
  };
}

export async function createReplica(
  knex: Knex,
  clock: TestClock,
  config: JsonObject,
) {
  const stack = await createTestStack({ knex, clock: clock.read, config });
  const maintenance = new MaintenanceModes({ knex, clock: clock.read });
  return {
    ...stack,
    maintenance,
    ...createSchedules({ ...stack, maintenance }),
  };
}

/** Two replicas, unless told otherwise, on a database of their own. */
export async function createStage(
  databases: TestDatabases,
  id: TestDatabaseId,
  schedule: JsonObject,
  options: { readonly replicas?: number; readonly policy?: JsonObject } = {},
) {
  const knex = await databases.init(id);
  await migrate(knex);
  const clock = new TestClock('2026-11-23T10:00:30Z');
  const stacks = await Promise.all(
    Array.from({ length: options.replicas ?? 2 }, () =>
      createReplica(knex, clock, policies(schedule, options.policy)),
    ),
  );
  const tick = () => Promise.all(stacks.map(({ runner }) => runner.tick()));
  const stack = stacks[0];
  /** Records of orders, each as `hour outcome`. */
  const outcomes = async () =>
    (await stack.runs.since('orders', 'often', '')).map(
      run => `${run.dueAt.slice(11, 16)} ${run.outcome}`,
    );
  const operations = async () =>
    (await stack.store.list({ databaseId: 'orders', limit: 100 })).items;
  return { knex, clock, stacks, tick, stack, outcomes, operations };
}

/** Ends what was queued, so that the next run finds its place free. */
export async function finish(knex: Knex, state = 'succeeded', endedAt?: Date) {
  await knex('operations')
    .where({ state: 'queued' })
    .update({
      state,
      ended_at: endedAt?.toISOString() ?? null,
    });
}
