import { createHash } from 'node:crypto';
import { BlackoutDefinition, ScheduleDefinition } from '../policies/types';
import { afterBlackouts } from './blackouts';
import { nextDue } from './scheduleTimes';

/** A due run and when it starts. */
export interface PlannedRun {
  /** As the cron says; what the run is known by. */
  readonly dueAt: Date;
  /** With jitter, and after the blackouts it fell into. */
  readonly startsAt: Date;
  /** The blackouts that moved it, in words; absent when none did. */
  readonly movedBecause?: string;
}

/**
 * Spreads runs that are due at the same time. The same run of the same
 * database has the same delay on every replica and at every start.
 */
function jitterOf(
  databaseId: string,
  schedule: ScheduleDefinition,
  dueAt: Date,
): number {
  if (schedule.jitterSeconds === 0) {
    return 0;
  }
  const fraction =
    createHash('sha256')
      .update(`${databaseId}\n${schedule.name}\n${dueAt.toISOString()}`)
      .digest()
      .readUInt32BE(0) /
    2 ** 32;
  return Math.floor(fraction * schedule.jitterSeconds) * 1000;
}

/** When the runs of one schedule of one database are due and start. */
export class SchedulePlan {
  readonly databaseId: string;
  readonly schedule: ScheduleDefinition;
  readonly #blackouts: readonly BlackoutDefinition[];

  constructor(options: {
    readonly databaseId: string;
    readonly schedule: ScheduleDefinition;
    readonly blackouts: readonly BlackoutDefinition[];
  }) {
    this.databaseId = options.databaseId;
    this.schedule = options.schedule;
    this.#blackouts = options.blackouts;
  }

  nextDue(after: Date): Date | undefined {
    return nextDue(this.schedule, after);
  }

  /** The reason of the blackout that holds at a moment. */
  blackoutAt(moment: Date): string | undefined {
    return this.#leave(moment).movedBecause;
  }

  plan(dueAt: Date): PlannedRun {
    const jitterMs = jitterOf(this.databaseId, this.schedule, dueAt);
    const first = this.#leave(new Date(dueAt.getTime() + jitterMs));
    if (!first.movedBecause) {
      return { dueAt, startsAt: first.at };
    }
    // Spread again: every database waits for the same end.
    const { at } = this.#leave(new Date(first.at.getTime() + jitterMs));
    return { dueAt, startsAt: at, movedBecause: first.movedBecause };
  }

  /**
   * The next starts from a due time on, for people to read: runs that one
   * blackout moves to its end are one run.
   */
  upcoming(firstDue: Date | undefined, count: number): readonly PlannedRun[] {
    const runs: PlannedRun[] = [];
    let dueAt = firstDue;
    while (dueAt && runs.length < count) {
      const run = this.plan(dueAt);
      runs.push(run);
      const after: Date = run.movedBecause ? run.startsAt : dueAt;
      dueAt = this.nextDue(after);
    }
    return runs;
  }

  #leave(moment: Date): { readonly at: Date; readonly movedBecause?: string } {
    const { kind, name } = this.schedule;
    const left = afterBlackouts(this.#blackouts, kind, moment);
    if (!left) {
      throw new Error(
        `Schedule '${name}' of database '${this.databaseId}' never starts: the blackouts of its policy follow each other without end.`,
      );
    }
    return {
      at: left.at,
      movedBecause:
        left.reasons.length > 0 ? left.reasons.join(', ') : undefined,
    };
  }
}
