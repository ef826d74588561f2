// Whether a running operation is stuck. People are told first; only then, and
// never silently, it is ended.

/** The worker keeps its time itself; the portal steps in when it does not. */
const TIMEOUT_GRACE_SECONDS = 60;

/** Of a run, all that is needed to judge it. */
export interface Run {
  readonly startedAtMs: number;
  /** When its worker last said anything. */
  readonly progressedAtMs: number;
  readonly timeoutSeconds: number;
}

/** `databaseOps.executor`, as far as stuck runs go. */
export interface StuckLimits {
  /** Silence after which people are told. */
  readonly stuckAfterSeconds: number;
  /** Silence after which it is ended. */
  readonly stuckEndSeconds: number;
}

/** Why a run is not as it should be. */
export type StuckReason = 'silent' | 'timeout';

/** What is to be done about a run. */
export interface Judgement {
  readonly reason: StuckReason;
  readonly afterSeconds: number;
  readonly end: boolean;
  /** For people: what is seen and what follows. */
  readonly sentence: string;
}

/** Gives `undefined` for a run that is as it should be. */
export function judgeRun(
  run: Run,
  limits: StuckLimits,
  now: Date,
): Judgement | undefined {
  const ranSeconds = (now.getTime() - run.startedAtMs) / 1000;
  if (ranSeconds > run.timeoutSeconds) {
    return {
      reason: 'timeout',
      afterSeconds: run.timeoutSeconds,
      end: ranSeconds > run.timeoutSeconds + TIMEOUT_GRACE_SECONDS,
      sentence: `It has not ended within ${run.timeoutSeconds} s and is stopped ${TIMEOUT_GRACE_SECONDS} s after that. Look for what it waits for in its log; raise the time-out of its policy or databaseOps.executor.timeouts if it needs longer.`,
    };
  }
  const silentSeconds = (now.getTime() - run.progressedAtMs) / 1000;
  if (silentSeconds > limits.stuckAfterSeconds) {
    return {
      reason: 'silent',
      afterSeconds: limits.stuckAfterSeconds,
      end: silentSeconds > limits.stuckEndSeconds,
      sentence: `Its worker has said nothing for more than ${limits.stuckAfterSeconds} s; it is stopped after ${limits.stuckEndSeconds} s of silence. Look at its log and at the tool on its host; cancel it to end it now.`,
    };
  }
  return undefined;
}
