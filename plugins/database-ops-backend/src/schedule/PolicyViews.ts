import { Policy, PolicySchedule } from 'backstage-plugin-database-ops-common';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';
import { PolicyDefinition, ScheduleDefinition } from '../databases/types';
import { DueRow, DueStore } from './DueStore';
import { nextDues } from './scheduleTimes';

const SHOWN_RUNS = 5;

function readAloud(policy: PolicyDefinition): string {
  const objectives = [
    policy.rpo && `loses at most ${policy.rpo} of data (RPO)`,
    policy.rto && `is back within ${policy.rto} (RTO)`,
  ].filter(Boolean);
  const runs = policy.schedules.map(
    ({ kind, type, cron, timeZone, suspended }) =>
      `${type ? `${type} ` : ''}${kind} at '${cron}' ${timeZone}${suspended ? ' (suspended)' : ''}`,
  );
  const promise =
    objectives.length > 0
      ? `A database ${objectives.join(' and ')}`
      : 'No objective';
  return `${promise}; ${runs.length > 0 ? runs.join(', ') : 'nothing is scheduled'}.`;
}

/** Policies with the databases they apply to and their next runs. */
export class PolicyViews {
  readonly #databases: ConfiguredDatabases;
  readonly #due: DueStore;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: ConfiguredDatabases;
    readonly due: DueStore;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#due = options.due;
    this.#clock = options.clock;
  }

  /** Policies of the databases that a caller may read. */
  async list(readableIds: ReadonlySet<string>): Promise<readonly Policy[]> {
    const due = new Map(
      (await this.#due.list()).map(row => [
        `${row.database_id}/${row.name}`,
        row,
      ]),
    );
    return [...this.#databases.policies().parts()].map(
      ([name, part]): Policy => {
        const databaseIds = this.#databases
          .list()
          .filter(
            database =>
              database.policyName === name && readableIds.has(database.id),
          )
          .map(database => database.id);
        if (part.error) {
          const sentence = `This policy is wrong, its databases are quarantined: ${part.error.message}`;
          return { name, sentence, databaseIds, schedules: [] };
        }
        const schedules = databaseIds.flatMap(databaseId =>
          part.value.schedules.map(schedule =>
            this.#schedule(
              schedule,
              databaseId,
              due.get(`${databaseId}/${schedule.name}`),
            ),
          ),
        );
        const { rpo, rto } = part.value;
        return {
          name,
          sentence: readAloud(part.value),
          rpo,
          rto,
          databaseIds,
          schedules,
        };
      },
    );
  }

  #schedule(
    schedule: ScheduleDefinition,
    databaseId: string,
    row: DueRow | undefined,
  ): PolicySchedule {
    return {
      ...schedule,
      databaseId,
      lastDueAt: row?.last_due_at ?? undefined,
      lastOperationId: row?.last_operation_id ?? undefined,
      nextRuns: schedule.suspended
        ? []
        : nextDues(schedule, this.#clock(), SHOWN_RUNS).map(run =>
            run.toISOString(),
          ),
    };
  }
}
