import { WorkerEvent } from 'backstage-plugin-database-ops-node';

/** A worker's time, by what it did, from its own events. */
export interface Phases {
  /** From the start of the process to the first step of the verb, lease included. */
  readonly startSeconds: number;
  /** Our checks before pgBackRest copies. */
  readonly beforeSeconds: number;
  /** pgBackRest's own copying. */
  readonly toolSeconds: number;
  /** What follows: reading back, or recovery and verification. */
  readonly afterSeconds: number;
  readonly seconds: number;
}

/**
 * @param copying - the step in which pgBackRest copies
 * @param startedAt - when the worker was asked for; milliseconds since 1970
 */
export function phasesOf(
  events: readonly WorkerEvent[],
  copying: string,
  startedAt: number,
): Phases {
  const at = (event: WorkerEvent | undefined) => {
    if (!event) {
      throw new Error(`The events have no step '${copying}' that ended.`);
    }
    return Date.parse(event.at);
  };
  const firstStep = at(events.find(({ type }) => type === 'progress'));
  const begin = at(
    events.find(
      event => event.type === 'progress' && event.progress.step === copying,
    ),
  );
  const end = at(
    events.find(
      event =>
        event.type === 'log' &&
        Date.parse(event.at) >= begin &&
        /command end: completed/.test(event.message),
    ),
  );
  const last = at(events.at(-1));
  const seconds = (from: number, to: number) => (to - from) / 1000;
  return {
    startSeconds: seconds(startedAt, firstStep),
    beforeSeconds: seconds(firstStep, begin),
    toolSeconds: seconds(begin, end),
    afterSeconds: seconds(end, last),
    seconds: seconds(startedAt, last),
  };
}
