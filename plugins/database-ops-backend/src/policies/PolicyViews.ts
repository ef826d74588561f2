import {
  Policy,
  PolicySchedule,
  ScheduleRun,
} from 'backstage-plugin-database-ops-common';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';
import { ReadyDatabase, isReady } from '../databases/types';
import { promiseOf } from '../retention/promise';
import { DueRow, DueStore } from '../schedule/DueStore';
import { SchedulePlan } from '../schedule/SchedulePlan';
import { ScheduleRunStore } from '../schedule/ScheduleRunStore';
import { policyAloud } from './readAloud';
import { PolicyDefinition, ScheduleDefinition } from './types';

/** Runs that a page shows ahead. */
export const SHOWN_RUNS = 10;

/** What the tables know of schedules, by database and name. */
interface Known {
  readonly due: ReadonlyMap<string, DueRow>;
  readonly runs: ReadonlyMap<string, ScheduleRun>;
}

/** Policies with the databases they apply to and their next runs. */
export class PolicyViews {
  readonly #databases: ConfiguredDatabases;
  readonly #due: DueStore;
  readonly #runs: ScheduleRunStore;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: ConfiguredDatabases;
    readonly due: DueStore;
    readonly runs: ScheduleRunStore;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#due = options.due;
    this.#runs = options.runs;
    this.#clock = options.clock;
  }

  /** The policy that holds for one database, what it overrides included. */
  async ofDatabase(databaseId: string): Promise<readonly Policy[]> {
    const database = this.#databases
      .list()
      .filter(isReady)
      .find(({ id }) => id === databaseId);
    return database?.policy
      ? [
          this.#view(database.policy, {
            databaseIds: [databaseId],
            ready: [database],
            known: await this.#read(),
          }),
        ]
      : [];
  }

  /** Policies of the databases that a caller may read, and those of none. */
  async list(readableIds: ReadonlySet<string>): Promise<readonly Policy[]> {
    const known = await this.#read();
    return [...this.#databases.policies().parts()].map(([name, part]) => {
      const users = this.#databases
        .list()
        .filter(
          database =>
            database.policyName === name && readableIds.has(database.id),
        );
      return part.error
        ? {
            name,
            sentence: `This policy is wrong, its databases are quarantined: ${part.error.message}`,
            databaseIds: users.map(database => database.id),
            schedules: [],
          }
        : this.#view(part.value, {
            databaseIds: users.map(database => database.id),
            ready: users.filter(isReady),
            known,
          });
    });
  }

  async #read(): Promise<Known> {
    const [due, runs] = await Promise.all([
      this.#due.list(),
      this.#runs.listNewest(),
    ]);
    return {
      due: new Map(due.map(row => [`${row.database_id}/${row.name}`, row])),
      runs: new Map(runs.map(run => [`${run.databaseId}/${run.name}`, run])),
    };
  }

  #view(
    policy: PolicyDefinition,
    used: {
      readonly databaseIds: readonly string[];
      readonly ready: readonly ReadyDatabase[];
      readonly known: Known;
    },
  ): Policy {
    const overriddenBy = used.ready.filter(
      database => (database.policy?.overridden.length ?? 0) > 0,
    );
    return {
      name: policy.name,
      shipped: policy.shipped,
      sentence: [
        policyAloud(policy),
        ...used.ready.flatMap(leftOutAloud),
        ...overriddenBy.map(
          database =>
            `${database.title} overrides its ${database.policy?.overridden.join(', ')}.`,
        ),
      ].join(' '),
      rpo: policy.rpo,
      rto: policy.rto,
      databaseIds: [...used.databaseIds],
      overriddenBy: overriddenBy.map(database => database.id),
      schedules: used.ready.flatMap(database =>
        (database.policy?.schedules ?? []).map(schedule =>
          this.#schedule(schedule, database, used.known),
        ),
      ),
      retention: policy.retention && { ...policy.retention },
      retentionSentence: promiseOf(policy.retention),
      retries: { ...policy.retries },
      timeouts: { ...policy.timeoutSeconds },
      blackouts: policy.blackouts.map(({ days, kinds, ...blackout }) => ({
        ...blackout,
        days: [...days],
        ...(kinds && { kinds: [...kinds] }),
      })),
      approvals: policy.approvals.map(rule => ({
        kinds: [...rule.kinds],
        ...(rule.modes && { modes: [...rule.modes] }),
        approvers: [...rule.approvers],
        expiresAfter: rule.expiresAfter,
        emergency: [...rule.emergency],
      })),
      notifications: policy.notifications.map(route => ({
        events: [...route.events],
        recipients: [...route.recipients],
      })),
    };
  }

  #schedule(
    schedule: ScheduleDefinition,
    database: ReadyDatabase,
    known: Known,
  ): PolicySchedule {
    const key = `${database.id}/${schedule.name}`;
    const row = known.due.get(key);
    const run = known.runs.get(key);
    const { name, kind, type, cron, timeZone, suspended, jitter, missed } =
      schedule;
    return {
      name,
      kind,
      type,
      cron,
      timeZone,
      suspended,
      jitter,
      missed,
      databaseId: database.id,
      lastDueAt: row?.last_due_at ?? undefined,
      lastOperationId: row?.last_operation_id ?? undefined,
      lastOutcome: run?.outcome,
      lastReason: run?.reason,
      waitingReason: row?.waiting_reason ?? undefined,
      nextRuns: [...nextRunsOf(database, schedule, this.#clock(), row)],
    };
  }
}

/** When a schedule starts next, from the first run that nothing was decided about. */
export function nextRunsOf(
  database: Pick<ReadyDatabase, 'id' | 'policy'>,
  schedule: ScheduleDefinition,
  now: Date,
  row?: DueRow,
): readonly string[] {
  if (schedule.suspended) {
    return [];
  }
  const plan = new SchedulePlan({
    databaseId: database.id,
    schedule,
    blackouts: database.policy?.blackouts ?? [],
  });
  const first = row?.next_due_at
    ? new Date(row.next_due_at)
    : plan.nextDue(now);
  return plan
    .upcoming(first, SHOWN_RUNS)
    .map(run => run.startsAt.toISOString());
}

function leftOutAloud({ title, policy }: ReadyDatabase): readonly string[] {
  return policy && policy.leftOut.length > 0
    ? [
        `Left out for ${title}: ${policy.leftOut.map(({ name, reason }) => `${name} (${reason})`).join(', ')}.`,
      ]
    : [];
}
