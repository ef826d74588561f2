import {
  FreshnessState,
  Objective,
  describeSeconds,
} from 'backstage-plugin-database-ops-common';
import { ObservedFacts } from './types';

/** Facts older than this judge nothing: whoever gathers them has stopped. */
export const STALE_AFTER_SECONDS = 600;

/** What a policy promises. */
export interface Promised {
  readonly rpoSeconds?: number;
  readonly rtoSeconds?: number;
}

/** One objective now, without its history. */
export type Judgement = Omit<Objective, 'periods' | 'misses'>;

/** Holds what is known against what is promised. */
export function judgeObjectives(
  title: string,
  promised: Promised,
  observed: ObservedFacts | undefined,
  now: Date,
): { readonly rpo: Judgement; readonly rto: Judgement } {
  const isStale =
    observed !== undefined &&
    now.getTime() - observed.observedAt.getTime() > STALE_AFTER_SECONDS * 1000;
  const unknown =
    (observed === undefined && 'Nothing has been found out yet') ||
    (isStale &&
      `Nothing was found out since ${observed.observedAt.toISOString()}`) ||
    undefined;
  return {
    rpo: judgeRpo(title, promised.rpoSeconds, { observed, now, unknown }),
    rto: judgeRto(title, promised.rtoSeconds, { observed, unknown }),
  };
}

function judgeRpo(
  title: string,
  promisedSeconds: number | undefined,
  known: {
    readonly observed: ObservedFacts | undefined;
    readonly now: Date;
    readonly unknown: string | undefined;
  },
): Judgement {
  const { observed, now } = known;
  const { claimedAt, provedRpo, rpoUnknown } = observed?.facts ?? {};
  // A clock that runs ahead on another host must not give a negative age.
  const claimedSeconds =
    claimedAt === undefined
      ? undefined
      : Math.max(0, (now.getTime() - Date.parse(claimedAt)) / 1000);
  const numbers = {
    promisedSeconds,
    claimedSeconds,
    provedSeconds: provedRpo?.seconds,
    provedAt: provedRpo?.at,
  };
  const unknown = known.unknown ?? rpoUnknown;
  if (promisedSeconds === undefined) {
    return {
      ...numbers,
      state: 'no-objective',
      sentence: `No RPO is promised for ${title}.`,
    };
  }
  const promise = `at most ${describeSeconds(promisedSeconds)} of data may be lost`;
  if (unknown) {
    return {
      ...numbers,
      state: 'unknown',
      sentence: `${unknown}; ${promise}.`,
    };
  }
  if (claimedSeconds === undefined) {
    return {
      ...numbers,
      state: 'missed',
      sentence: `${title} cannot be restored to any moment; ${promise}.`,
    };
  }
  const state: FreshnessState =
    claimedSeconds > promisedSeconds ? 'missed' : 'kept';
  const proof = provedRpo
    ? ` A restore proved ${describeSeconds(provedRpo.seconds)} at ${provedRpo.at}.`
    : ' No restore has proved it yet.';
  return {
    ...numbers,
    state,
    sentence: `The newest restorable moment is ${describeSeconds(claimedSeconds)} old, as the repository claims; ${promise}.${proof}`,
  };
}

function judgeRto(
  title: string,
  promisedSeconds: number | undefined,
  known: {
    readonly observed: ObservedFacts | undefined;
    readonly unknown: string | undefined;
  },
): Judgement {
  const measured = known.observed?.facts.measuredRto;
  const numbers = {
    promisedSeconds,
    measuredSeconds: measured?.seconds,
    measuredAt: measured?.at,
    measuredOperationId: measured?.operationId,
  };
  if (promisedSeconds === undefined) {
    return {
      ...numbers,
      state: 'no-objective',
      sentence: `No RTO is promised for ${title}.`,
    };
  }
  const promise = `${describeSeconds(promisedSeconds)} are promised`;
  if (known.unknown || !measured) {
    return {
      ...numbers,
      state: 'unknown',
      sentence: `${known.unknown ?? `No restore of ${title} has been measured`}; ${promise}.`,
    };
  }
  return {
    ...numbers,
    state: measured.seconds > promisedSeconds ? 'missed' : 'kept',
    sentence: `The last restore answered after ${describeSeconds(measured.seconds)}; ${promise}.`,
  };
}
