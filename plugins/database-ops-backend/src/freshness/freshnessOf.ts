import {
  Backup,
  describeAge,
  describeSeconds,
  Freshness,
} from 'backstage-plugin-database-ops-common';

/** Of an inventory, what is judged. */
export interface ReadInventory {
  readonly observedAt: string;
  readonly backups: readonly Pick<Backup, 'state' | 'stoppedAt'>[];
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

/** Judges the age of the newest present backup against the objective. */
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
  const stoppedAt = Date.parse(newest.stoppedAt);
  // A clock that runs ahead on another host must not give a negative age.
  const ageSeconds = Math.max(0, (now.getTime() - stoppedAt) / 1000);
  const age = `The last backup is ${describeAge(ageSeconds)} old`;
  const measured = {
    ...common,
    ageSeconds,
    lastBackupId: newest.id,
    lastBackupAt: newest.stoppedAt,
    restorableFrom: oldestStop(inventory) ?? newest.stoppedAt,
    restorableTo: newest.stoppedAt,
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

function oldestStop(inventory: ReadInventory | undefined): string | undefined {
  return inventory?.backups
    .filter(backup => backup.state === 'present')
    .map(backup => backup.stoppedAt)
    .sort()
    .at(0);
}
