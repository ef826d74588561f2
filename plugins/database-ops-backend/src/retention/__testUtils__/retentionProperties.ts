/* eslint-disable jest/no-export -- properties that a short and a long test run, not a test file */
import fc from 'fast-check';
import { afterwards, anyQuestion, anyRules, historyOf } from './histories';
import { Chains } from '../Chains';
import { planRetention } from '../planRetention';
import { keepsEverything } from '../promise';
import { millisecondsOf } from '../time';
import { RetentionQuestion, RetentionRules } from '../types';

const DAY_MS = 86_400_000;

function keptOf(question: RetentionQuestion): ReadonlySet<string> {
  return new Set(planRetention(question).keep);
}

/** What is not in the larger set. */
function outside(
  smaller: Iterable<string>,
  larger: ReadonlySet<string>,
): readonly string[] {
  return [...smaller].filter(id => !larger.has(id));
}

/** Whether a moment can be restored: from a whole full with the log, or because a backup ended then. */
function isRestorable(
  { backups, logs }: RetentionQuestion,
  timeMs: number,
): boolean {
  const chains = new Chains(backups);
  return chains.all
    .filter(backup => chains.isWhole(backup))
    .some(
      backup =>
        Date.parse(backup.stoppedAt) === timeMs ||
        (Date.parse(backup.stoppedAt) < timeMs &&
          logs.some(
            ({ from, to }) =>
              from <= backup.startedAt && Date.parse(to) >= timeMs,
          )),
    );
}

/**
 * What must hold for any past, rules and moment. A failure prints its seed,
 * with which it is replayed.
 */
export function retentionProperties(numRuns: number): void {
  const RUNS = { numRuns };

  it('never removes the newest verified chain, nor the newest whole one', () => {
    fc.assert(
      fc.property(anyQuestion, question => {
        const chains = new Chains(question.backups);
        const whole = chains.all.filter(backup => chains.isWhole(backup));
        const proved = whole.filter(backup => backup.proved).at(-1);
        expect(
          outside(
            [...(proved?.chain ?? []), ...(whole.at(-1)?.chain ?? [])],
            keptOf(question),
          ),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it('never breaks a chain', () => {
    fc.assert(
      fc.property(anyQuestion, question => {
        const before = new Chains(question.backups);
        const plan = planRetention(question);
        const after = new Chains(afterwards(question, plan).backups);
        expect(
          after.all
            .filter(backup => before.isWhole(backup) && !after.isWhole(backup))
            .map(({ id }) => id),
        ).toEqual([]);
        expect(
          plan.decisions
            .filter(({ keep }) => !keep)
            .flatMap(({ dependents }) => dependents)
            .filter(id => plan.keep.includes(id)),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it('decides on each backup once, with a reason', () => {
    fc.assert(
      fc.property(anyQuestion, question => {
        const { keep, remove, decisions } = planRetention(question);
        expect([...keep, ...remove].sort()).toEqual(
          question.backups
            .filter(({ state }) => state !== 'missing')
            .map(({ id }) => id)
            .sort(),
        );
        expect(decisions.filter(({ reasons }) => !reasons[0])).toEqual([]);
      }),
      RUNS,
    );
  });

  it('has nothing more to remove after it was carried out', () => {
    fc.assert(
      fc.property(anyQuestion, question => {
        const plan = planRetention(question);
        const again = planRetention(afterwards(question, plan));
        expect(again.remove).toEqual([]);
        expect(again.keep).toEqual(plan.keep);
        expect(again.logsFrom).toEqual(plan.logsFrom);
      }),
      RUNS,
    );
  });

  it('never wants back later what it gave up before', () => {
    fc.assert(
      fc.property(
        anyQuestion,
        fc.integer({ min: 0, max: 90 * DAY_MS }),
        (question, laterMs) => {
          const later = new Date(question.now.getTime() + laterMs);
          expect(
            outside(keptOf({ ...question, now: later }), keptOf(question)),
          ).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('lets new backups push old ones out, never in', () => {
    fc.assert(
      fc.property(
        anyQuestion.map(question => ({ ...question, pins: [], running: [] })),
        fc.integer({ min: 1, max: 40 }),
        (question, count) => {
          const before = question.backups.slice(0, count);
          const known = new Set(before.map(({ id }) => id));
          const kept = keptOf({ ...question, backups: before });
          // A new backup builds on what is there, not on what was given up.
          const backups = question.backups.filter(
            ({ id, chain }) =>
              known.has(id) ||
              chain.every(one => !known.has(one) || kept.has(one)),
          );
          expect(
            outside(
              [...keptOf({ ...question, backups })].filter(id => known.has(id)),
              kept,
            ),
          ).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('keeps no less when rules are more generous, or more is pinned or in use', () => {
    fc.assert(
      fc.property(
        anyQuestion,
        anyRules,
        fc.nat(39),
        (question, more, index) => {
          const kept = keptOf(question);
          // Without a rule everything stays, so the first one lets go.
          fc.pre(!keepsEverything(question.rules));
          expect(
            outside(
              kept,
              keptOf({ ...question, rules: generous(question.rules, more) }),
            ),
          ).toEqual([]);
          const pinned = question.backups
            .filter(({ state }) => state !== 'missing')
            .slice(index, index + 1)
            .map(({ id }) => id);
          const pins = pinned.map(backupId => ({
            id: 'one-more',
            backupId,
            reason: 'r',
            legalHold: true,
          }));
          expect(
            outside(
              [...kept, ...pinned],
              keptOf({ ...question, pins: [...question.pins, ...pins] }),
            ),
          ).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('leaves restorable every second of the window that was', () => {
    fc.assert(
      fc.property(
        anyQuestion.filter(({ rules }) => rules.window !== undefined),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: 5,
          maxLength: 20,
        }),
        (question, places) => {
          const after = afterwards(question, planRetention(question));
          const lengthMs = millisecondsOf(question.rules.window!);
          const moments = places.map(place =>
            Math.round(question.now.getTime() - place * lengthMs),
          );
          expect(
            moments
              .filter(
                at => isRestorable(question, at) && !isRestorable(after, at),
              )
              .map(at => new Date(at).toISOString()),
          ).toEqual([]);
        },
      ),
      RUNS,
    );
  });

  it('keeps the chain of whatever is in use, and the log after it', () => {
    fc.assert(
      fc.property(anyQuestion, question => {
        const chains = new Chains(question.backups);
        const plan = planRetention(question);
        fc.pre(plan.logsFrom !== undefined);
        const used = question.running
          .flatMap(({ backupIds }) => backupIds)
          .map(id => chains.find(id))
          .filter(backup => backup !== undefined);
        expect(
          outside(
            used.flatMap(({ chain }) => chain).filter(id => chains.find(id)),
            new Set(plan.keep),
          ),
        ).toEqual([]);
        expect(
          used
            .map(backup => chains.fullOf(backup))
            .filter(full => full && full.startedAt < plan.logsFrom!.time),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it('removes nothing while the repository is unknown, or without a rule', () => {
    fc.assert(
      fc.property(anyQuestion, question => {
        const unknown = planRetention({
          ...question,
          repositoryState: 'unknown',
        });
        expect(unknown.remove).toEqual([]);
        expect(unknown.refusal).toMatch(/unknown/);
        expect(planRetention({ ...question, rules: {} }).remove).toEqual([]);
      }),
      RUNS,
    );
  });

  it('holds the log short under a window with thinned fulls, run daily for a year', () => {
    const all = historyOf(
      Array.from({ length: 365 }, () => ({
        type: 'full' as const,
        afterMs: DAY_MS - 60_000,
        lastsMs: 60_000,
        state: 'present' as const,
        proved: false,
        bytes: 1,
      })),
    );
    let held: RetentionQuestion = {
      rules: { window: 'P30D', fulls: { age: 'P7D' } },
      backups: [],
      logs: [],
      pins: [],
      running: [],
      repositoryState: 'known',
      now: new Date(all[0].stoppedAt),
    };
    let longestLogDays = 0;
    for (const backup of all) {
      const now = new Date(Date.parse(backup.stoppedAt) + 4 * 3_600_000);
      const logStart = held.logs[0]?.from ?? backup.startedAt;
      held = {
        ...held,
        now,
        backups: [...held.backups, backup],
        logs: [{ from: logStart, to: now.toISOString() }],
      };
      const plan = planRetention(held);
      held = afterwards(held, plan);
      longestLogDays = Math.max(
        longestLogDays,
        (now.getTime() - Date.parse(held.logs[0].from)) / DAY_MS,
      );
      // What it takes to begin with, every second of the last 30 days.
      const cutoffMs = now.getTime() - 30 * DAY_MS;
      const beginMs = Date.parse(all[0].stoppedAt);
      expect(isRestorable(held, Math.max(cutoffMs, beginMs))).toBe(true);
    }
    expect(longestLogDays).toBeGreaterThan(30);
    expect(longestLogDays).toBeLessThan(38);
    expect(held.backups.length).toBeLessThan(14);
  });
}

/** The same rules with every number and duration at least as large. */
function generous(rules: RetentionRules, more: RetentionRules): RetentionRules {
  const longer = (a: string | undefined, b: string | undefined) =>
    a && b && millisecondsOf(b) > millisecondsOf(a) ? b : a;
  const larger = (a: number | undefined, b: number | undefined) =>
    a === undefined ? undefined : Math.max(a, b ?? 0);
  const { fulls } = rules;
  return {
    ...rules,
    window: longer(rules.window, more.window),
    fulls: fulls && {
      count: larger(fulls.count, more.fulls?.count),
      age: longer(fulls.age, more.fulls?.age),
    },
    age: longer(rules.age, more.age),
    keepLast: larger(rules.keepLast, more.keepLast),
    hourly: larger(rules.hourly, more.hourly),
    daily: larger(rules.daily, more.daily),
    weekly: larger(rules.weekly, more.weekly),
    monthly: larger(rules.monthly, more.monthly),
    yearly: larger(rules.yearly, more.yearly),
  };
}
