import { JsonObject } from '@backstage/types';
import {
  PolicyChange,
  PolicyPreview,
} from 'backstage-plugin-database-ops-common';
import { ConfiguredDatabases } from '../databases/ConfiguredDatabases';
import { ReadyDatabase, isReady } from '../databases/types';
import { promiseOf } from '../retention/promise';
import { DueRow, DueStore } from '../schedule/DueStore';
import { cronKey } from '../schedule/scheduleTimes';
import { comparePolicies } from './comparePolicies';
import { nextRunsOf } from './PolicyViews';
import { scheduleAloud } from './readAloud';
import { PolicyDefinition, ScheduleDefinition } from './types';

/** What retention would remove of a database under other rules, and keeps under its own. */
export type RetentionDifference = (
  databaseId: string,
  rules: PolicyDefinition['retention'],
) => Promise<readonly string[]>;

/** A database before and after a change of its policy. */
interface Changed {
  readonly before: ReadyDatabase;
  readonly after: ReadyDatabase;
  readonly rows: ReadonlyMap<string, DueRow>;
  readonly now: Date;
}

/** Says what a change of policies would do, and changes nothing. */
export class PolicyPreviewer {
  readonly #databases: ConfiguredDatabases;
  readonly #due: DueStore;
  readonly #retention: RetentionDifference;
  readonly #clock: () => Date;

  constructor(options: {
    readonly databases: ConfiguredDatabases;
    readonly due: DueStore;
    readonly retention: RetentionDifference;
    readonly clock: () => Date;
  }) {
    this.#databases = options.databases;
    this.#due = options.due;
    this.#retention = options.retention;
    this.#clock = options.clock;
  }

  /** @param policies - as they would stand in configuration; the others stay */
  async preview(
    policies: JsonObject,
    readableIds: ReadonlySet<string>,
  ): Promise<PolicyPreview> {
    const book = this.#databases.policies().with(policies);
    const rows = new Map(
      (await this.#due.list()).map(row => [
        `${row.database_id}/${row.name}`,
        row,
      ]),
    );
    const now = this.#clock();
    const errors = new Map<string, string>();
    for (const name of Object.keys(policies)) {
      const error = book.parts().get(name)?.error;
      if (error) {
        errors.set(error.path, error.expectation);
      }
    }
    const changes: PolicyChange[] = [];
    for (const before of this.#databases.list()) {
      if (
        !readableIds.has(before.id) ||
        before.policyName === undefined ||
        !(before.policyName in policies)
      ) {
        continue;
      }
      const after = this.#databases.readAgain(before.id, book);
      if (after.quarantine) {
        errors.set(after.quarantine.path, after.quarantine.message);
      } else if (isReady(before)) {
        changes.push(...(await this.#changesOf({ before, after, rows, now })));
      }
    }
    return {
      errors: [...errors].map(([path, message]) => ({ path, message })),
      changes,
    };
  }

  async #changesOf(changed: Changed): Promise<readonly PolicyChange[]> {
    const { before, after } = changed;
    const about = {
      policyName: after.policyName ?? '',
      databaseId: after.id,
    };
    const schedules = scheduleChanges(changed);
    const others = comparePolicies(before.policy, after.policy);
    const changes = [...schedules, ...others].map(change => ({
      ...about,
      ...change,
    }));
    return isSame(before.policy?.retention, after.policy?.retention)
      ? changes
      : [
          ...changes,
          {
            ...about,
            kind: 'retention',
            sentence: `Retention: ${promiseOf(after.policy?.retention)} Before: ${promiseOf(before.policy?.retention)}`,
            backupsRemoved: [
              ...(await this.#retention(after.id, after.policy?.retention)),
            ],
          },
        ];
  }
}

type ScheduleChange = Omit<PolicyChange, 'policyName' | 'databaseId'>;

function byName(
  policy: PolicyDefinition | undefined,
): ReadonlyMap<string, ScheduleDefinition> {
  return new Map(
    (policy?.schedules ?? []).map(schedule => [schedule.name, schedule]),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function scheduleChanges(changed: Changed): readonly ScheduleChange[] {
  const { before, after, rows, now } = changed;
  const olds = byName(before.policy);
  const news = byName(after.policy);
  return [...new Set([...olds.keys(), ...news.keys()])].flatMap(
    (name): ScheduleChange[] => {
      const [old, fresh] = [olds.get(name), news.get(name)];
      const row = rows.get(`${after.id}/${name}`);
      const nextRunsBefore = old ? [...nextRunsOf(before, old, now, row)] : [];
      const keepsRow = old && fresh && cronKey(old) === cronKey(fresh);
      const nextRunsAfter = fresh
        ? [...nextRunsOf(after, fresh, now, keepsRow ? row : undefined)]
        : [];
      if (isSame(old, fresh) && isSame(nextRunsBefore, nextRunsAfter)) {
        return [];
      }
      return [
        {
          kind: 'schedule',
          sentence: scheduleSentence(name, old, fresh),
          nextRunsBefore,
          nextRunsAfter,
        },
      ];
    },
  );
}

function scheduleSentence(
  name: string,
  old: ScheduleDefinition | undefined,
  fresh: ScheduleDefinition | undefined,
): string {
  if (!old) {
    return `Schedule '${name}' is added: ${fresh && scheduleAloud(fresh)}.`;
  }
  if (!fresh) {
    return `Schedule '${name}' is removed: ${scheduleAloud(old)}.`;
  }
  return isSame(old, fresh)
    ? `Runs of schedule '${name}' move, because blackouts change.`
    : `Schedule '${name}' changes: ${scheduleAloud(fresh)}, before ${scheduleAloud(old)}.`;
}
