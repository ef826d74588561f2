import { FreshnessState } from 'backstage-plugin-database-ops-common';

/** The two promises of a policy. */
export type ObjectiveName = 'rpo' | 'rto';

/**
 * What was found out about a database's objectives; ages are made from times
 * when they are read, so that facts do not grow old by themselves.
 */
export interface ObjectiveFacts {
  /** Why the RPO cannot be judged. */
  readonly rpoUnknown?: string;
  /** Newest moment that the repository claims to be restorable; absent when it claims none. */
  readonly claimedAt?: string;
  /** How much a restore that was carried out would have lost, and when that was. */
  readonly provedRpo?: { readonly seconds: number; readonly at: string };
  /** How long the last restore that went well took to the first answered query. */
  readonly measuredRto?: {
    readonly seconds: number;
    readonly at: string;
    readonly operationId: string;
  };
}

/** Facts and when they were found out. */
export interface ObservedFacts {
  readonly facts: ObjectiveFacts;
  readonly observedAt: Date;
}

/** A stretch of time in which an objective was in one state, as observed. */
export interface ObjectiveInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: FreshnessState;
}
