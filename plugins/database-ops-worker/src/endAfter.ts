import { JsonObject } from '@backstage/types';
import {
  OperationFailure,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import {
  describeFailure,
  OperationFailedError,
  SOURCE_AS_BEFORE_CODES,
} from 'backstage-plugin-database-ops-node';

/** How an operation ended that did not succeed. */
export interface UnsuccessfulEnd {
  readonly state: 'failed' | 'cancelled';
  readonly failure: OperationFailure;
}

/** What is known of an operation at its end. */
export interface EndFacts {
  readonly kind: OperationKind;
  readonly parameters: JsonObject;
  readonly databaseId: string;
  readonly timeoutSeconds: number;
  /** Why the lease was lost; absent while it is held, or none is needed. */
  readonly lostLease?: { readonly reason: unknown };
  readonly isCancelled: boolean;
  readonly isOverdue: boolean;
}

/** What an operation ended as that threw; what stopped it explains it best. */
export function endAfter(thrown: unknown, facts: EndFacts): UnsuccessfulEnd {
  const { kind, databaseId, lostLease } = facts;
  const object = `database ${databaseId}`;
  if (lostLease) {
    const failure = describeFailure(lostLease.reason, { object });
    return { state: 'failed', failure: { ...failure, code: 'lease-lost' } };
  }
  const ofSource = endOfSource(thrown, facts);
  if (ofSource) {
    return ofSource;
  }
  if (facts.isCancelled) {
    return {
      state: 'cancelled',
      failure: {
        cause: `The ${kind} was cancelled.`,
        object,
        nextStep: 'Start it again when it is wanted.',
        code: 'cancelled',
      },
    };
  }
  if (facts.isOverdue) {
    return {
      state: 'failed',
      failure: {
        cause: `The ${kind} did not end within ${facts.timeoutSeconds} s and was stopped.`,
        object,
        nextStep:
          'Look into the log for what it waited for, or allow it more time in databaseOps.executor.timeouts.',
        code: 'time-out',
      },
    };
  }
  return { state: 'failed', failure: describeFailure(thrown, { object }) };
}

/**
 * What a restore onto the source says itself of the source, also after it was
 * stopped: whether that is back matters more than why it was stopped.
 */
function endOfSource(
  thrown: unknown,
  { kind, parameters, databaseId, isCancelled }: EndFacts,
): UnsuccessfulEnd | undefined {
  if (
    kind !== 'restore' ||
    parameters.mode !== 'in-place' ||
    !(thrown instanceof OperationFailedError) ||
    !thrown.failure.code
  ) {
    return undefined;
  }
  const isAsBefore = SOURCE_AS_BEFORE_CODES.includes(thrown.failure.code);
  return {
    state: isCancelled && isAsBefore ? 'cancelled' : 'failed',
    failure: describeFailure(thrown, { object: `database ${databaseId}` }),
  };
}
