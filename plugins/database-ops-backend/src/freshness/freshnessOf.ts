import {
  Backup,
  describeAge,
  describeSeconds,
  Freshness,
} from 'backstage-plugin-database-ops-common';
import { StoredInventory } from '../backups/types';
import { joinSpans, RestorableSpan } from '../reachability/restorableSpan';

/** Of the inventories, what is judged. */
export interface ReadInventory {
  readonly observedAt: string;
  /** Absent where it was not found out: then the newest backup stands for it. */
  readonly restorable?: RestorableSpan;
}

/** What freshness is judged by. */
export interface FreshnessFacts {
  readonly title: string;
  /** Whether the engine can take backups at all. */
  readonly takesBackups: boolean;
  /** The present backup that stopped last. */
  readonly newest?: Pick<Backup, 'id' | 'stoppedAt'>;
  /** The last inventory read from the repository. */
  readonly inventory?: ReadInventory;
  /** The policy's RPO. */
  readonly objectiveSeconds?: number;
  readonly now: Date;
}

/**
 * Judges the age of the newest present backup against the objective: one that
 * is overdue has to show even while log arrives. What can be restored is what
 * the window claims.
 */
export function freshnessOf(facts: FreshnessFacts): Freshness {
  const { newest, inventory, objectiveSeconds, now } = facts;
  const common = {
    ...(objectiveSeconds !== undefined && { objectiveSeconds }),
    ...(inventory && { inventoryObservedAt: inventory.observedAt }),
  };
  const objective =
    objectiveSeconds === undefined
      ? 'no objective is set'
      : `the objective is ${describeSeconds(objectiveSeconds)}`;
  if (!facts.takesBackups) {
    return objectiveSeconds === undefined
      ? {
          ...common,
          state: 'no-objective',
          sentence: `Backups of ${facts.title} are not taken here, and no objective is set.`,
        }
      : {
          ...common,
          state: 'unknown',
          sentence: `Backups of ${facts.title} are not taken here, so its objective of ${describeSeconds(objectiveSeconds)} cannot be judged.`,
        };
  }
  if (!newest && !inventory) {
    return {
      ...common,
      state: 'unknown',
      sentence: `The repository of ${facts.title} is about to be read for the first time, which starts by itself and is listed among the operations; ${objective}.`,
    };
  }
  if (!newest) {
    return {
      ...common,
      state: objectiveSeconds === undefined ? 'no-objective' : 'missed',
      sentence: `There is no backup of ${facts.title}; ${objective}.`,
    };
  }
  const span = spanOf(newest, inventory);
  const backup = {
    ...common,
    lastBackupId: newest.id,
    lastBackupAt: newest.stoppedAt,
  };
  if (!span) {
    return {
      ...backup,
      state: objectiveSeconds === undefined ? 'no-objective' : 'missed',
      sentence: `No backup of ${facts.title} can be restored, its recovery window says why; ${objective}.`,
    };
  }
  const stoppedAt = Date.parse(newest.stoppedAt);
  // A clock that runs ahead on another host must not give a negative age.
  const ageSeconds = Math.max(0, (now.getTime() - stoppedAt) / 1000);
  const age = `The last backup is ${describeAge(ageSeconds)} old`;
  const measured = {
    ...backup,
    ageSeconds,
    restorableFrom: span.from,
    restorableTo: span.to,
  };
  if (objectiveSeconds === undefined) {
    return {
      ...measured,
      state: 'no-objective',
      sentence: `${age}; ${objective}.`,
    };
  }
  const overSeconds = ageSeconds - objectiveSeconds;
  return overSeconds > 0
    ? {
        ...measured,
        state: 'missed',
        sentence: `${age}, ${describeAge(overSeconds)} over the objective of ${describeSeconds(objectiveSeconds)}.`,
      }
    : { ...measured, state: 'kept', sentence: `${age}; ${objective}.` };
}

/** What is judged of several repositories; of one it is what was read there. */
export function readTogether(
  read: readonly Partial<Pick<StoredInventory, 'restorable' | 'inventory'>>[],
): ReadInventory | undefined {
  const observed = read
    .flatMap(({ inventory }) => inventory?.observedAt ?? [])
    .sort((a, b) => Date.parse(a) - Date.parse(b));
  return observed.length === 0
    ? undefined
    : {
        observedAt: observed.at(-1)!,
        restorable: joinSpans(read.map(({ restorable }) => restorable)),
      };
}

/**
 * What a database can be restored to. A backup that ended after the
 * repository was read counts by itself; `undefined` where nothing can be.
 */
export function spanOf(
  newest: Pick<Backup, 'stoppedAt'> | undefined,
  inventory: ReadInventory | undefined,
): Required<RestorableSpan> | undefined {
  const isJudged =
    !newest ||
    (inventory?.restorable !== undefined &&
      Date.parse(newest.stoppedAt) <= Date.parse(inventory.observedAt));
  const ends = newest && { from: newest.stoppedAt, to: newest.stoppedAt };
  const spans = [inventory?.restorable, isJudged ? undefined : ends];
  const { from, to } =
    joinSpans(spans.filter(span => span !== undefined)) ?? {};
  return to === undefined ? undefined : { from: from ?? to, to };
}
