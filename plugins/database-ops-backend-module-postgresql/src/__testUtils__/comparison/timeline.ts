/** The fields of the API's events of an operation that tell where its time went. */
export interface TimedEvent {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly message?: string;
  readonly progress?: { readonly step?: string };
}

/** Whose time a step is: pgBackRest's copying, our own, or other work of the database's own tools. */
export type StepOwner = 'copying' | 'own' | 'tools';

/** A step of an operation, in the order of its first appearance. */
export interface TimedStep {
  readonly name: string;
  readonly owner: StepOwner;
  readonly seconds: number;
}

/** Steps whose time is pgBackRest's or PostgreSQL's, as the worker's progress names them. */
const TOOLS: Readonly<Record<string, string>> = {
  'Checking that WAL reaches the archive': 'pgbackrest check',
  Recovering: "PostgreSQL's recovery",
};

/** Steps in which pgBackRest copies: until the line with which it ends. */
const COPYING = ['Copying', 'Fetching files'];
const COPIED = /command end: completed/;

/**
 * An operation's time by step, from the request to its result, without a gap:
 * what lies between two events belongs to the earlier one.
 *
 * @param requestedAt - when it was asked for; milliseconds since 1970
 */
export function timelineOf(
  events: readonly TimedEvent[],
  requestedAt: number,
): readonly TimedStep[] {
  const steps = new Map<string, { owner: StepOwner; seconds: number }>();
  let current: { readonly name: string; readonly owner: StepOwner } = {
    name: 'portal: request to start',
    owner: 'own',
  };
  let sinceMs = requestedAt;
  const turnTo = (next: typeof current, at: string) => {
    const atMs = Date.parse(at);
    const step = steps.get(current.name) ?? {
      owner: current.owner,
      seconds: 0,
    };
    step.seconds += (atMs - sinceMs) / 1000;
    steps.set(current.name, step);
    sinceMs = atMs;
    current = next;
  };
  let lastStep: string | undefined;
  for (const event of events) {
    const step = event.progress?.step;
    if (event.type === 'state' && /^Started on/.test(event.message ?? '')) {
      turnTo({ name: 'worker: start and lease', owner: 'own' }, event.at);
    } else if (event.type === 'progress' && step && step !== lastStep) {
      lastStep = step;
      turnTo(ownerOf(step), event.at);
    } else if (
      current.owner === 'copying' &&
      event.type === 'log' &&
      COPIED.test(event.message ?? '')
    ) {
      turnTo({ name: 'after the copying', owner: 'own' }, event.at);
    } else if (event.type === 'result') {
      turnTo(current, event.at);
      return [...steps].map(([name, each]) => ({ name, ...each }));
    }
  }
  throw new Error(
    `The operation left no result; its last event is ${JSON.stringify(events.at(-1))}.`,
  );
}

function ownerOf(step: string): {
  readonly name: string;
  readonly owner: StepOwner;
} {
  if (COPYING.includes(step)) {
    return { name: 'pgBackRest copies', owner: 'copying' };
  }
  return step in TOOLS
    ? { name: TOOLS[step], owner: 'tools' }
    : { name: step, owner: 'own' };
}

export function secondsOf(
  steps: readonly TimedStep[],
  owner: StepOwner,
): number {
  return steps
    .filter(step => step.owner === owner)
    .reduce((sum, { seconds }) => sum + seconds, 0);
}
