import {
  HealthStatus,
  Signal,
  SignalStatus,
} from 'backstage-plugin-database-ops-common';
import { ErrorLike, toError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';

/**
 * What a signal says besides its status; `observedAt` is now unless given.
 *
 * @public
 */
export interface SignalFacts {
  readonly id: string;
  readonly title: string;
  /** Names the member concerned and what was found. */
  readonly sentence: string;
  readonly value?: number;
  /** For example `s`, `By`, `1`, `%`. */
  readonly unit?: string;
  /** In words with unit, for example `warning above 5 s, critical above 10 s`. */
  readonly threshold?: string;
  readonly member?: string;
  readonly observedAt?: Date;
  /** What the sentence tells, as data. */
  readonly details?: JsonObject;
}

/** @public */
export function signalOf(
  status: SignalStatus,
  facts: SignalFacts & { readonly down?: boolean },
): Signal {
  const { id, title, sentence, value, unit, threshold, member, down } = facts;
  const { details } = facts;
  const observedAt = (facts.observedAt ?? new Date()).toISOString();
  return {
    id,
    title,
    status,
    ...(value !== undefined && Number.isFinite(value) ? { value } : {}),
    ...(unit !== undefined ? { unit } : {}),
    ...(threshold !== undefined ? { threshold } : {}),
    sentence,
    ...(member !== undefined ? { member } : {}),
    ...(down ? { down: true } : {}),
    ...(details !== undefined ? { details } : {}),
    observedAt,
  };
}

/** @public */
export function okSignal(facts: SignalFacts): Signal {
  return signalOf('ok', facts);
}

/** @public */
export function warningSignal(facts: SignalFacts): Signal {
  return signalOf('warning', facts);
}

/**
 * A critical signal; `down: true` when it alone means that the database does
 * not serve.
 *
 * @public
 */
export function criticalSignal(
  facts: SignalFacts & { readonly down?: boolean },
): Signal {
  return signalOf('critical', facts);
}

/**
 * A signal of a check that could not run; its sentence says why.
 *
 * @public
 */
export function unknownSignal(facts: SignalFacts): Signal {
  return signalOf('unknown', facts);
}

/**
 * Bounds of a measured value. A bound is passed when the value is above it,
 * or below it where `direction` is `below`.
 *
 * @public
 */
export interface Threshold {
  readonly warning?: number;
  readonly critical?: number;
  readonly direction?: 'above' | 'below';
}

/** @public */
export function judge(value: number, threshold: Threshold): SignalStatus {
  if (!Number.isFinite(value)) {
    return 'unknown';
  }
  const passes = (bound: number | undefined) =>
    bound !== undefined &&
    (threshold.direction === 'below' ? value < bound : value > bound);
  if (passes(threshold.critical)) {
    return 'critical';
  }
  return passes(threshold.warning) ? 'warning' : 'ok';
}

/**
 * The threshold in words, for example `warning above 5 s, critical above 10 s`.
 *
 * @public
 */
export function describeThreshold(threshold: Threshold, unit = ''): string {
  const direction = threshold.direction ?? 'above';
  const bound = (name: string, value: number | undefined) =>
    value === undefined
      ? []
      : [`${name} ${direction} ${value} ${unit}`.trimEnd()];
  return [
    ...bound('warning', threshold.warning),
    ...bound('critical', threshold.critical),
  ].join(', ');
}

/**
 * A signal of a measured value judged by a threshold.
 *
 * @public
 */
export function thresholdSignal(
  facts: SignalFacts & { readonly value: number },
  threshold: Threshold,
): Signal {
  return signalOf(judge(facts.value, threshold), {
    ...facts,
    threshold: facts.threshold ?? describeThreshold(threshold, facts.unit),
  });
}

/**
 * One check: which signals it gives, and how long it may take.
 *
 * @public
 */
export interface SignalCheck {
  readonly id: string;
  readonly title: string;
  readonly member?: string;
  readonly timeoutSeconds: number;
  /** Aborts the check from outside, as the health loop does when its time is up. */
  readonly signal?: AbortSignal;
  /** Turns what was thrown into the reason; the error's message when absent. */
  readonly describeError?: (error: ErrorLike) => string;
  readonly check: (signal: AbortSignal) => Promise<Signal | readonly Signal[]>;
}

/**
 * Runs a check with a time-out. Never throws: a check that throws, takes too
 * long or is aborted is one `unknown` signal with the reason.
 *
 * @public
 */
export async function checkSignal(
  options: SignalCheck,
): Promise<readonly Signal[]> {
  const { id, title, member, timeoutSeconds } = options;
  const controller = new AbortController();
  const abortFromOutside = () =>
    controller.abort(
      new Error('the time for all checks of this database is up'),
    );
  const timer = setTimeout(
    () => controller.abort(new Error(`no answer within ${timeoutSeconds} s`)),
    timeoutSeconds * 1000,
  );
  try {
    if (options.signal?.aborted) {
      abortFromOutside();
    } else {
      options.signal?.addEventListener('abort', abortFromOutside, {
        once: true,
      });
    }
    const found = await Promise.race([
      rejectOnAbort(controller.signal),
      options.check(controller.signal),
    ]);
    return Array.isArray(found) ? found : [found as Signal];
  } catch (thrown) {
    const error = toError(thrown);
    const reason =
      !controller.signal.aborted && options.describeError
        ? options.describeError(error)
        : describeReason(error);
    const subject = member ? `'${title}' of ${member}` : `'${title}'`;
    return [
      unknownSignal({
        id,
        title,
        member,
        sentence: `${subject} could not be checked: ${reason}`,
      }),
    ];
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abortFromOutside);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    signal.addEventListener('abort', () => reject(signal.reason), {
      once: true,
    });
  });
}

/** Drivers wrap connection failures in an AggregateError without a message. */
function describeReason(error: ErrorLike): string {
  if (Array.isArray(error.errors) && error.errors.length > 0) {
    return [...new Set(error.errors.map(inner => toError(inner).message))].join(
      '; ',
    );
  }
  return error.message || error.name;
}

/**
 * Signals that the portal adds to those of an engine.
 *
 * @public
 */
export function isPortalSignal(id: string): boolean {
  return id === 'backup-age' || id.startsWith('repository-');
}

/**
 * The status that signals give: `down` when one says so; `unknown` when none
 * of the engine's own could be measured; `degraded` when one is critical or
 * warning; `unknown` when one could not be measured; else `healthy`. The
 * sentence is that of the worst signal.
 *
 * @public
 */
export function healthStatusOf(signals: readonly Signal[]): {
  readonly status: HealthStatus;
  readonly sentence: string;
} {
  const down = signals.find(signal => signal.down);
  if (down) {
    return { status: 'down', sentence: down.sentence };
  }
  const own = signals.filter(signal => !isPortalSignal(signal.id));
  if (own.length === 0) {
    return { status: 'unknown', sentence: 'Nothing has been measured yet.' };
  }
  if (own.every(signal => signal.status === 'unknown')) {
    return { status: 'unknown', sentence: own[0].sentence };
  }
  const worst =
    signals.find(signal => signal.status === 'critical') ??
    signals.find(signal => signal.status === 'warning');
  if (worst) {
    return { status: 'degraded', sentence: worst.sentence };
  }
  const unmeasured = signals.find(signal => signal.status === 'unknown');
  if (unmeasured) {
    return { status: 'unknown', sentence: unmeasured.sentence };
  }
  return {
    status: 'healthy',
    sentence: `Healthy. ${signals.length} ${signals.length === 1 ? 'signal is' : 'signals are'} ok.`,
  };
}
