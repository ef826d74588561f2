import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { RetentionRules } from '../retention/types';
import { NotificationEvent } from './notificationEvents';

export type { NotificationEvent } from './notificationEvents';

/**
 * What becomes of runs missed while no portal ran: made up by one run, or
 * skipped; both leave a record.
 *
 * @public
 */
export type MissedRuns = 'once' | 'skip';

/**
 * One cron of a policy.
 *
 * @public
 */
export interface ScheduleDefinition {
  readonly name: string;
  readonly kind: OperationKind;
  /** Backup type; one of the engine's capabilities. */
  readonly type?: string;
  /** Further parameters of the operations that it requests. */
  readonly parameters?: JsonObject;
  readonly cron: string;
  /** IANA name, for example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly suspended: boolean;
  /** Longest delay that spreads runs of many databases, an ISO 8601 duration. */
  readonly jitter?: string;
  readonly jitterSeconds: number;
  readonly missed: MissedRuns;
}

/**
 * A schedule of a shipped policy that a database's engine cannot carry out.
 *
 * @public
 */
export interface LeftOutSchedule {
  readonly name: string;
  /** Why, for example `redis has no verify`. */
  readonly reason: string;
}

/**
 * Day of a week as configuration writes it.
 *
 * @public
 */
export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/**
 * A time of the week in which nothing is started by a schedule; a run that is
 * due in it moves to its end.
 *
 * @public
 */
export interface BlackoutDefinition {
  /** Days on which it begins. */
  readonly days: readonly Weekday[];
  /** `HH:mm` in its time zone. */
  readonly from: string;
  /** `HH:mm` or `24:00`; before `from` it is the next day's. */
  readonly to: string;
  readonly timeZone: string;
  readonly reason: string;
  /** Every kind when absent. */
  readonly kinds?: readonly OperationKind[];
}

/**
 * How often and when a failed operation of a schedule is retried.
 *
 * @public
 */
export interface RetryRules {
  /** Retries after the first attempt; 0 for none. */
  readonly attempts: number;
  readonly delaySeconds: number;
  /** Each delay is the one before times this. */
  readonly factor: number;
  readonly maximumDelaySeconds: number;
}

/**
 * Where a restore goes, as approval rules distinguish it.
 *
 * @public
 */
export type RestoreMode = 'in-place' | 'new-place';

/**
 * Which operations need a second person, and who that may be.
 *
 * @public
 */
export interface ApprovalRule {
  readonly kinds: readonly OperationKind[];
  /** Only restores of these modes; both when absent. */
  readonly modes?: readonly RestoreMode[];
  /** Entity references of users and groups, in lower case. */
  readonly approvers: readonly string[];
  /** ISO 8601 duration. */
  readonly expiresAfter: string;
  readonly expiresAfterSeconds: number;
  /** Who may go ahead alone in an emergency; reviewed afterwards. */
  readonly emergency: readonly string[];
}

/**
 * Who hears of which events.
 *
 * @public
 */
export interface NotificationRoute {
  readonly events: readonly NotificationEvent[];
  /** `owner`, or entity references in lower case. */
  readonly recipients: readonly string[];
}

/**
 * A policy as it applies to a database: the named one with the database's own
 * overrides in it.
 *
 * @public
 */
export interface PolicyDefinition {
  readonly name: string;
  /** Comes with the plugin; configuration does not define the name. */
  readonly shipped: boolean;
  /** First level keys that the database overrides. */
  readonly overridden: readonly string[];
  /** The objectives as configured, ISO 8601 durations. */
  readonly rpo?: string;
  readonly rto?: string;
  readonly rpoSeconds?: number;
  readonly rtoSeconds?: number;
  readonly schedules: readonly ScheduleDefinition[];
  /** Schedules of a shipped policy that the engine cannot carry out. */
  readonly leftOut: readonly LeftOutSchedule[];
  readonly blackouts: readonly BlackoutDefinition[];
  /** Longest run by kind, over that of the executor. */
  readonly timeoutSeconds: Readonly<Partial<Record<OperationKind, number>>>;
  readonly retries: RetryRules;
  /** Nothing is ever removed when absent. */
  readonly retention?: RetentionRules;
  readonly approvals: readonly ApprovalRule[];
  readonly notifications: readonly NotificationRoute[];
}
