// What must hold after a simulated week, whatever happened in it.
import { ScheduleRun } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { isReady } from '../../databases/types';
import { SchedulePlan } from '../SchedulePlan';
import { ToyReplica } from './toyPortal';
import { Hold, WEEK_END_MS, WEEK_START_MS } from './weekSimulation';

interface RequestedRow {
  readonly id: string;
  readonly state: string;
  readonly requested_at: string;
  readonly idempotency_key: string;
}

/** Two clocks may differ by this much. */
const SKEW_MS = 3000;
const LATE_MS = 120_000 + SKEW_MS;

/** What was found, and what is wrong of it. */
export interface Judgement {
  readonly dueRuns: number;
  readonly byOutcome: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** Judges every schedule of every database. */
export async function judgeWeek(
  knex: Knex,
  replica: ToyReplica,
  holds: readonly Hold[],
): Promise<Judgement> {
  const faults: string[] = [];
  const byOutcome: Record<string, number> = {};
  let dueRuns = 0;
  for (const database of replica.stack.databases.list()) {
    const policy = isReady(database) ? database.policy : undefined;
    for (const schedule of policy?.schedules ?? []) {
      const plan = new SchedulePlan({
        databaseId: database.id,
        schedule,
        blackouts: policy?.blackouts ?? [],
      });
      const { runs } = replica.schedules;
      const records = await runs.since(database.id, schedule.name, '');
      const requestedBy = `schedule:${database.id}/${schedule.name}`;
      const operations: RequestedRow[] = await knex('operations')
        .where({ requested_by: requestedBy })
        .select();
      const dues = dueTimesOf(plan);
      dueRuns += dues.length;
      for (const { outcome } of records) {
        byOutcome[outcome] = (byOutcome[outcome] ?? 0) + 1;
      }
      faults.push(
        ...[
          ...everyDueOnce(plan, dues, records),
          ...everyOperationOnce(records, operations),
          ...nothingLost(plan, records),
          ...nothingLate(records),
          ...nothingForbidden(plan, operations, holds),
        ].map(fault => `${requestedBy}: ${fault}`),
      );
    }
  }
  return { dueRuns, byOutcome, faults };
}

function dueTimesOf(plan: SchedulePlan): readonly string[] {
  const dues: string[] = [];
  // Replicas begin to know a schedule at their first look.
  let due = plan.nextDue(new Date(WEEK_START_MS + SKEW_MS));
  while (due && due.getTime() <= WEEK_END_MS) {
    dues.push(due.toISOString());
    due = plan.nextDue(due);
  }
  return dues;
}

function covers(record: ScheduleRun, due: string): boolean {
  return (
    record.dueAt === due ||
    (record.untilAt !== undefined &&
      record.dueAt <= due &&
      due <= record.untilAt)
  );
}

function everyDueOnce(
  plan: SchedulePlan,
  dues: readonly string[],
  records: readonly ScheduleRun[],
): readonly string[] {
  const strange = records.filter(({ dueAt }) => {
    const next = plan.nextDue(new Date(Date.parse(dueAt) - 1000));
    return next?.toISOString() !== dueAt;
  });
  return [
    ...dues.flatMap(due => {
      const times = records.filter(record => covers(record, due)).length;
      return times === 1 ? [] : [`${due} was decided ${times} times`];
    }),
    ...strange.map(({ dueAt }) => `${dueAt} was decided and never due`),
  ];
}

function everyOperationOnce(
  records: readonly ScheduleRun[],
  operations: readonly RequestedRow[],
): readonly string[] {
  const started = records.filter(({ outcome }) => outcome !== 'skipped');
  const byId = new Map(operations.map(row => [row.id, row]));
  const unmatched = started.flatMap(record => {
    const operation = byId.get(record.operationId ?? '');
    byId.delete(record.operationId ?? '');
    return operation?.idempotency_key.endsWith(`@${record.dueAt}`)
      ? []
      : [`${record.dueAt} is ${record.outcome} without its operation`];
  });
  return [
    ...unmatched,
    ...[...byId.keys()].map(id => `operation ${id} belongs to no due run`),
  ];
}

/** What was skipped has a reason that holds: another run, the same work done, or the policy. */
function nothingLost(
  plan: SchedulePlan,
  records: readonly ScheduleRun[],
): readonly string[] {
  return records.flatMap((record, index) => {
    if (record.outcome !== 'skipped') {
      return [];
    }
    if (!record.reason) {
      return [`${record.dueAt} is skipped without a reason`];
    }
    const standsFor = /^The run due (\S+) stands for it/.exec(record.reason);
    const carried =
      standsFor &&
      records
        .slice(index)
        .some(
          ({ dueAt, outcome }) =>
            dueAt === standsFor[1] && outcome !== 'skipped',
        );
    const done = record.operationId !== undefined;
    const asThePolicySays = plan.schedule.missed === 'skip';
    return carried || done || asThePolicySays
      ? []
      : [`${record.dueAt} is lost: ${record.reason}`];
  });
}

/** Only a run with a reason may be decided long after its start. */
function nothingLate(records: readonly ScheduleRun[]): readonly string[] {
  return records
    .filter(
      ({ outcome, reason }) => outcome === 'requested' && reason === undefined,
    )
    .flatMap(({ dueAt, startsAt, decidedAt }) => {
      const delayMs = Date.parse(decidedAt) - Date.parse(startsAt);
      return delayMs >= -SKEW_MS && delayMs <= LATE_MS
        ? []
        : [`${dueAt} was decided ${delayMs} ms after its start`];
    });
}

function nothingForbidden(
  plan: SchedulePlan,
  operations: readonly RequestedRow[],
  holds: readonly Hold[],
): readonly string[] {
  return operations.flatMap(({ requested_at }) => {
    const atMs = Date.parse(requested_at);
    const held = holds.some(
      ({ scope, fromMs, untilMs }) =>
        (scope === 'global' || scope === plan.databaseId) &&
        atMs > fromMs + SKEW_MS &&
        atMs < untilMs - SKEW_MS,
    );
    const closed = [-SKEW_MS, SKEW_MS].every(skewMs =>
      plan.blackoutAt(new Date(atMs + skewMs)),
    );
    return [
      ...(held ? [`${requested_at} lies in a maintenance mode`] : []),
      ...(closed ? [`${requested_at} lies in a blackout`] : []),
    ];
  });
}
