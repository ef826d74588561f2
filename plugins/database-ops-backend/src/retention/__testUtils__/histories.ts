// Random pasts of a database, for properties that must hold for any of them.
import fc from 'fast-check';
import {
  ChainedBackup,
  LogStretch,
  RetentionPlan,
  RetentionQuestion,
  RetentionRules,
} from '../types';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Short before winter time begins in Berlin, so that hours come twice. */
const BEGIN_MS = Date.parse('2026-09-20T00:00:00Z');

interface Step {
  readonly type: 'full' | 'diff' | 'incr';
  readonly afterMs: number;
  readonly lastsMs: number;
  readonly state: ChainedBackup['state'];
  readonly proved: boolean;
  readonly bytes: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom('full', 'full', 'diff', 'incr', 'incr'),
  afterMs: fc.integer({ min: 60_000, max: 4 * DAY_MS }),
  lastsMs: fc.integer({ min: 1000, max: 2 * HOUR_MS }),
  state: fc.constantFrom(
    'present',
    'present',
    'present',
    'present',
    'present',
    'present',
    'damaged',
    'missing',
  ),
  proved: fc.boolean(),
  bytes: fc.integer({ min: 0, max: 1_000_000 }),
});

/** Each incremental builds on the one before, each differential on its full. */
export function historyOf(steps: readonly Step[]): readonly ChainedBackup[] {
  const history: ChainedBackup[] = [];
  let atMs = BEGIN_MS;
  steps.forEach((next, index) => {
    atMs += next.afterMs;
    const startedAt = new Date(atMs).toISOString();
    atMs += next.lastsMs;
    const id = `b${String(index).padStart(3, '0')}`;
    history.push({
      id,
      type: next.type,
      startedAt,
      stoppedAt: new Date(atMs).toISOString(),
      chain: [...baseOf(next.type, history), id],
      state: next.state,
      repositorySizeBytes: next.bytes,
      ...(next.proved
        ? {
            proved: {
              proofId: `proof-${id}`,
              at: new Date(atMs).toISOString(),
            },
          }
        : {}),
    });
  });
  return history;
}

function baseOf(
  type: Step['type'],
  history: readonly ChainedBackup[],
): readonly string[] {
  const last = history.at(-1);
  if (type === 'full' || !last) {
    return [];
  }
  return type === 'diff' ? [last.chain[0]] : last.chain;
}

const duration = fc.integer({ min: 1, max: 60 }).map(days => `P${days}D`);
const count = fc.integer({ min: 0, max: 8 });

export const anyRules: fc.Arbitrary<RetentionRules> = fc.record(
  {
    window: duration,
    fulls: fc.record({ count, age: duration }, { requiredKeys: [] }),
    keepLast: count,
    age: duration,
    hourly: count,
    daily: count,
    weekly: count,
    monthly: count,
    yearly: count,
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Auckland'),
  },
  { requiredKeys: [] },
);

/** Whole log from the beginning, cut at some places. */
const cuts = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    forMs: fc.integer({ min: 1000, max: 3 * DAY_MS }),
  }),
  { maxLength: 3 },
);

/** Any past, rules, pins, users and moment. */
export const anyQuestion: fc.Arbitrary<RetentionQuestion> = fc
  .record({
    steps: fc.array(step, { maxLength: 40 }),
    rules: anyRules,
    cuts,
    hasLog: fc.boolean(),
    laterMs: fc.integer({ min: -2 * DAY_MS, max: 40 * DAY_MS }),
    pinned: fc.array(fc.nat(39), { maxLength: 2 }),
    used: fc.array(fc.nat(39), { maxLength: 2 }),
  })
  .map(parts => {
    const backups = historyOf(parts.steps);
    const endMs = Date.parse(
      backups.at(-1)?.stoppedAt ?? new Date(BEGIN_MS).toISOString(),
    );
    const ids = (indexes: readonly number[]) =>
      indexes.map(index => backups[index]?.id).filter(id => id !== undefined);
    return {
      rules: parts.rules,
      backups,
      logs: parts.hasLog ? logOf(parts.cuts, endMs + parts.laterMs) : [],
      pins: ids(parts.pinned).map((backupId, index) => ({
        id: `pin-${index}`,
        backupId,
        reason: 'the auditors want it',
        legalHold: index === 1,
        ...(index === 0
          ? { until: new Date(endMs + 10 * DAY_MS).toISOString() }
          : {}),
      })),
      running: ids(parts.used).map(backupId => ({
        operationId: `use-of-${backupId}`,
        name: `the running restore of ${backupId}`,
        backupIds: [backupId],
      })),
      repositoryState: 'known' as const,
      now: new Date(endMs + parts.laterMs),
    };
  });

function logOf(
  gaps: readonly { readonly at: number; readonly forMs: number }[],
  endMs: number,
): readonly LogStretch[] {
  const lengthMs = endMs - BEGIN_MS;
  const sorted = [...gaps].sort((a, b) => a.at - b.at);
  const stretches: LogStretch[] = [];
  let fromMs = BEGIN_MS;
  for (const { at, forMs } of sorted) {
    const gapMs = BEGIN_MS + at * lengthMs;
    if (gapMs > fromMs) {
      stretches.push(stretch(fromMs, gapMs));
    }
    fromMs = Math.max(fromMs, gapMs + forMs);
  }
  return endMs > fromMs ? [...stretches, stretch(fromMs, endMs)] : stretches;
}

function stretch(fromMs: number, toMs: number): LogStretch {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  };
}

/** What is left after a plan was carried out. */
export function afterwards(
  question: RetentionQuestion,
  plan: RetentionPlan,
): RetentionQuestion {
  const gone = new Set(plan.remove);
  const start = plan.logsFrom?.time;
  return {
    ...question,
    backups: question.backups.filter(({ id }) => !gone.has(id)),
    logs: question.logs
      .filter(({ to }) => !start || to > start)
      .map(({ from, to }) => ({
        from: start && from < start ? start : from,
        to,
      })),
  };
}
