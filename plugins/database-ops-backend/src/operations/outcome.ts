import { OperationFailure } from 'backstage-plugin-database-ops-common';
import {
  SOURCE_AS_BEFORE_CODES,
  SOURCE_AWAY_CODES,
  WorkerEvent,
} from 'backstage-plugin-database-ops-node';
import { End } from './OperationEnder';
import { Judgement } from './stuck/judgeRun';

/** All that is known when a worker is no more. */
export interface WorkerEnd {
  /** Its last `result` or `error` event. */
  readonly verdict?: Extract<
    WorkerEvent,
    { readonly type: 'result' | 'error' }
  >;
  /** Why it is no more, as the executor says. */
  readonly reason: string;
  readonly cancelRequestedBy?: string;
  /** Set when the portal stopped it for taking or being silent too long. */
  readonly stoppedFor?: Pick<Judgement, 'reason' | 'afterSeconds'>;
  readonly object: string;
}

const START_AGAIN =
  'Start it again; if it ends so twice, read the log of the operation and the portal.';

function interrupted(failure: OperationFailure): End {
  return { to: 'interrupted', sentence: failure.cause, failure };
}

function stoppedFailure({
  reason,
  afterSeconds,
}: Pick<Judgement, 'reason' | 'afterSeconds'>): OperationFailure {
  return reason === 'timeout'
    ? {
        cause: `It did not end within ${afterSeconds} s and was stopped.`,
        nextStep:
          'Look for what it waited for in its log; raise the time-out of its policy or databaseOps.executor.timeouts if it needs longer.',
        code: 'timeout',
      }
    : {
        cause: `Its worker said nothing for more than ${afterSeconds} s, people were told, and it was stopped.`,
        nextStep:
          'Look for the last thing it did in its log and for what that waited on; raise databaseOps.executor.stuckEndSeconds if such silence is normal here.',
        code: 'stuck',
      };
}

/** Says of a restore onto the source whether that is back, which matters more than why it was stopped. */
function isOfSource(verdict: WorkerEnd['verdict']): boolean {
  return (
    verdict?.type === 'error' &&
    [...SOURCE_AS_BEFORE_CODES, ...SOURCE_AWAY_CODES].includes(
      verdict.failure.code ?? '',
    )
  );
}

/**
 * What an operation ended as. The worker's own verdict decides: a cancel that
 * came too late leaves a success, a worker without a verdict was interrupted.
 */
export function endOf(known: WorkerEnd): End {
  const { verdict, cancelRequestedBy, stoppedFor } = known;
  if (verdict?.type === 'result') {
    return {
      to: 'succeeded',
      sentence: 'The worker established its result.',
      result: verdict.data,
    };
  }
  if (cancelRequestedBy && (!verdict || verdict.cancelled)) {
    return {
      to: 'cancelled',
      sentence: `Cancelled as ${cancelRequestedBy} asked.`,
      actor: cancelRequestedBy,
      ...(isOfSource(verdict) && { failure: verdict?.failure }),
    };
  }
  if (stoppedFor && !isOfSource(verdict)) {
    const failure = { ...stoppedFailure(stoppedFor), object: known.object };
    return { to: 'failed', sentence: failure.cause, failure };
  }
  if (verdict?.cancelled) {
    return interrupted({
      ...verdict.failure,
      nextStep: verdict.failure.nextStep || START_AGAIN,
    });
  }
  if (verdict) {
    return {
      to: 'failed',
      sentence: verdict.failure.cause,
      failure: verdict.failure,
    };
  }
  return interrupted({
    cause: `The worker ended without a result: ${known.reason}`,
    object: known.object,
    nextStep: START_AGAIN,
    code: 'worker-gone',
  });
}
