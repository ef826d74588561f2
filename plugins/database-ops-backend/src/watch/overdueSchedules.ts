import { toError } from '@backstage/errors';
import { describeSeconds } from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog, isReady } from '../databases/types';
import { BlackoutDefinition, ScheduleDefinition } from '../policies/types';
import { DueRow, WaitingFor } from '../schedule/DueStore';
import { SchedulePlan } from '../schedule/SchedulePlan';
import { cronKey } from '../schedule/scheduleTimes';

/** What a due run may wait for without anything being wrong. */
const RIGHTLY_WAITING: readonly WaitingFor[] = [
  'operation',
  'maintenance',
  'blackout',
];

/** A schedule of a database that nothing was decided about in time. */
export interface OverdueSchedule {
  readonly databaseId: string;
  readonly name: string;
  /** Due time that nothing was decided about; absent when none can be known. */
  readonly dueAt?: string;
  readonly overdueSeconds: number;
  readonly sentence: string;
}

interface JudgedAt {
  readonly now: Date;
  /** Of this process: the time before it is nobody's delay. */
  readonly startedAt: Date;
  readonly graceSeconds: number;
}

/** Every schedule whose due time passed by more than the grace time without a decision. */
export function overdueSchedules(
  databases: DatabaseCatalog,
  rows: readonly DueRow[],
  at: JudgedAt,
): readonly OverdueSchedule[] {
  const known = new Map(
    rows.map(row => [`${row.database_id}/${row.name}`, row]),
  );
  return databases.list().flatMap(database => {
    const policy = isReady(database) ? database.policy : undefined;
    return (policy?.schedules ?? [])
      .filter(schedule => !schedule.suspended)
      .flatMap(schedule => {
        const overdue = judge(
          {
            databaseId: database.id,
            schedule,
            blackouts: policy?.blackouts ?? [],
          },
          known.get(`${database.id}/${schedule.name}`),
          at,
        );
        return overdue ? [overdue] : [];
      });
  });
}

function judge(
  subject: {
    readonly databaseId: string;
    readonly schedule: ScheduleDefinition;
    readonly blackouts: readonly BlackoutDefinition[];
  },
  row: DueRow | undefined,
  at: JudgedAt,
): OverdueSchedule | undefined {
  const { databaseId, schedule } = subject;
  const { name } = schedule;
  const named = `Schedule '${name}'`;
  const sinceStartSeconds = (at.now.getTime() - at.startedAt.getTime()) / 1000;
  let startsAt: Date;
  try {
    const plan = new SchedulePlan(subject);
    // A row of another cron, or none, is the scheduler's to mend at its next turn.
    if (row?.cron_key !== cronKey(schedule) || row.next_due_at === null) {
      return plan.nextDue(at.now) === undefined ||
        sinceStartSeconds <= at.graceSeconds
        ? undefined
        : {
            databaseId,
            name,
            overdueSeconds: sinceStartSeconds,
            sentence: `${named} was not looked at since the portal started ${describeSeconds(sinceStartSeconds)} ago; see the portal's log.`,
          };
    }
    // No run starts before it is due; most are due in the future.
    const dueMs = Date.parse(row.next_due_at);
    if (at.now.getTime() - dueMs <= at.graceSeconds * 1000) {
      return undefined;
    }
    startsAt = plan.plan(new Date(dueMs)).startsAt;
  } catch (thrown) {
    return {
      databaseId,
      name,
      overdueSeconds: sinceStartSeconds,
      sentence: `${named} cannot be followed: ${toError(thrown).message}`,
    };
  }
  const waitedMs =
    at.now.getTime() - Math.max(startsAt.getTime(), at.startedAt.getTime());
  const rightly =
    row.waiting_for !== null && RIGHTLY_WAITING.includes(row.waiting_for);
  if (rightly || waitedMs <= at.graceSeconds * 1000) {
    return undefined;
  }
  const overdueSeconds = (at.now.getTime() - startsAt.getTime()) / 1000;
  return {
    databaseId,
    name,
    dueAt: row.next_due_at,
    overdueSeconds,
    sentence: `${named} was to start at ${startsAt.toISOString()}, ${describeSeconds(overdueSeconds)} ago, and nothing was decided about it: ${row.waiting_reason ?? "no reason is known; see the portal's log."}`,
  };
}
