import { Backup } from 'backstage-plugin-database-ops-common';

/**
 * What a policy keeps. A backup stays while one rule wants it; rules add up,
 * with one exception: `fulls` thins what `window` would keep, because the log
 * carries the seconds in between. Without any rule nothing is ever removed.
 *
 * @public
 */
export interface RetentionRules {
  /** ISO 8601 duration; any second of it stays restorable. */
  readonly window?: string;
  /** Full backups with all that builds on them: the newest ones, by count or by age. */
  readonly fulls?: { readonly count?: number; readonly age?: string };
  /** The newest backups of any type. */
  readonly keepLast?: number;
  /** ISO 8601 duration; every backup younger than this. */
  readonly age?: string;
  /** The newest backup of each of that many hours that have one; the others alike. */
  readonly hourly?: number;
  readonly daily?: number;
  /** ISO weeks, which begin on Monday. */
  readonly weekly?: number;
  readonly monthly?: number;
  readonly yearly?: number;
  /** IANA name of the zone that hours, days, weeks, months and years are those of; `UTC` when absent. */
  readonly timeZone?: string;
}

/**
 * What retention needs to know of a backup.
 *
 * @public
 */
export type ChainedBackup = Pick<
  Backup,
  | 'id'
  | 'type'
  | 'startedAt'
  | 'stoppedAt'
  | 'chain'
  | 'state'
  | 'repositorySizeBytes'
  | 'proved'
>;

/**
 * A stretch of time over which the archived log has no gap; ISO 8601 UTC.
 *
 * @public
 */
export interface LogStretch {
  readonly from: string;
  readonly to: string;
}

/**
 * A wish to keep a backup with its chain, because of something that no rule
 * knows. A legal hold has no end: somebody has to take it back.
 *
 * @public
 */
export interface RetentionPin {
  readonly id: string;
  readonly backupId: string;
  readonly reason: string;
  readonly legalHold: boolean;
  /** ISO 8601 UTC; without it the pin holds until somebody takes it back. */
  readonly until?: string;
}

/**
 * Something that reads backups right now, or may: a restore, a backup that
 * builds on them, a restored copy whose log may still be replayed. It keeps
 * their chains and the log after them.
 *
 * @public
 */
export interface RetentionUser {
  readonly operationId: string;
  /** Completes "is needed by …", for example `the running restore 42`. */
  readonly name: string;
  readonly backupIds: readonly string[];
}

/**
 * The line of history that the database lives on, where there are several.
 *
 * @public
 */
export interface NewestBranch {
  readonly timeline: number;
  /** Backups taken on it. */
  readonly backupIds: ReadonlySet<string>;
}

/**
 * Everything a plan follows from.
 *
 * @public
 */
export interface RetentionQuestion {
  readonly rules: RetentionRules;
  readonly backups: readonly ChainedBackup[];
  readonly logs: readonly LogStretch[];
  readonly pins: readonly RetentionPin[];
  readonly running: readonly RetentionUser[];
  /** Set where history forked: times alone do not say which backups lead to the present. */
  readonly newestBranch?: NewestBranch;
  /** `unknown` keeps everything. */
  readonly repositoryState: 'known' | 'unknown';
  /** Why it is unknown, in a sentence. */
  readonly unknownBecause?: string;
  readonly now: Date;
}

/**
 * What becomes of one backup, and why.
 *
 * @public
 */
export interface RetentionDecision {
  readonly backupId: string;
  readonly keep: boolean;
  /** In words, at least one. */
  readonly reasons: readonly string[];
  /** Backups that build on it and go with it. */
  readonly dependents: readonly string[];
  readonly freedBytes: number;
}

/**
 * What retention would do at a moment.
 *
 * @public
 */
export interface RetentionPlan {
  /** What the rules promise, in words. */
  readonly promise: string;
  /** Set when nothing may be removed at all. */
  readonly refusal?: string;
  /** Newest backup first. */
  readonly decisions: readonly RetentionDecision[];
  /** Ids in order of time. */
  readonly keep: readonly string[];
  readonly remove: readonly string[];
  /** The log is kept whole from the start of this full backup; absent: all of it. */
  readonly logsFrom?: { readonly backupId: string; readonly time: string };
  readonly freedBytes: number;
}
